import {helpers} from '../helpers.js'
import type {Question} from '../types/tree.js'
import type {Generator} from './generator.js'
import {evaluateNamespaceId} from './namespaces.js'
import {globalOffsets} from './objectbuilder.js'

/** What the kernel answers, in r0. */
export function evaluateQuestion(g: Generator, question: Question): void {
  const {asm} = g
  switch (question) {
    case 'pid':
      evaluateProcess(g)
      return
    case 'tid':
      if (g.object.context.pidNamespace === undefined) evaluateQuestion(g, 'kernel tid')
      else evaluateNamespaceId(g, g.object.context.pidNamespace, 'thread')
      return
    case 'kernel pid':
      asm.call(helpers.get_current_pid_tgid)
      asm.alu64('>>', 'r0', 32)
      return
    case 'kernel tid':
      asm.call(helpers.get_current_pid_tgid)
      asm.move32('r0', 'r0')
      return
    case 'uid':
      asm.call(helpers.get_current_uid_gid)
      asm.move32('r0', 'r0')
      return
    case 'gid':
      asm.call(helpers.get_current_uid_gid)
      asm.alu64('>>', 'r0', 32)
      return
    case 'cpu':
      asm.call(helpers.get_smp_processor_id)
      return
    case 'numa node':
      asm.call(helpers.get_numa_node_id)
      return
    case 'nsecs':
      asm.call(helpers.ktime_get_boot_ns)
      return
    case 'nsecs monotonic':
      asm.call(helpers.ktime_get_ns)
      return
    case 'nsecs tai':
      asm.call(helpers.ktime_get_tai_ns)
      return
    case 'elapsed':
      asm.call(helpers.ktime_get_boot_ns)
      asm.mapValue('r1', g.object.globals, globalOffsets.start)
      asm.load(8, 'r1', 'r1', 0)
      asm.alu64('-', 'r0', 'r1')
      return
    case 'rand':
      asm.call(helpers.get_prandom_u32)
      asm.move32('r0', 'r0')
      return
    case 'task':
      asm.call(helpers.get_current_task)
      return
    case 'cgroup':
      asm.call(helpers.get_current_cgroup_id)
      return
    case 'jiffies':
      asm.call(helpers.jiffies64)
      return
    case 'function':
      asm.move('r1', 'r6')
      asm.call(helpers.get_func_ip)
  }
}

/** The process, by the id that tstrace sees, in r0. */
export function evaluateProcess(g: Generator): void {
  const {pidNamespace} = g.object.context
  if (pidNamespace === undefined) evaluateQuestion(g, 'kernel pid')
  else evaluateNamespaceId(g, pidNamespace, 'process')
}
