import {ProgramError, UsageError} from '../../errors.js'
import type {Machine} from '../../kernel/machine.js'
import {native} from '../../kernel/native.js'
import type {Backend} from '../backend.js'
import {compile} from './compile.js'
import {ringBytes} from './context.js'
import {load} from './load.js'
import {machineContext} from './machinecontext.js'
import type {ObjectFile} from './object.js'
import {requireOwnPrograms} from './own.js'
import {EmbeddedSession} from './session.js'

/** Bytes for a text, the end included: what bpftrace has since 0.22. */
const usualRoom = 1024

/** The backend that compiles programs itself. @throws MachineError if this kernel does not run them */
export async function embeddedBackend(machine: Machine, version: string): Promise<Backend> {
  await requireOwnPrograms(machine)
  const calls = await native()
  return {
    name: 'embedded',
    version,
    attachesUprobesAtOnce: true,
    seesPidNamespace: async () => (await machine.pidNamespace()) !== undefined,
    start: async (job) => {
      // Programs without texts need no room for them.
      const {textRoom = 0} = job
      const room = textRoom > 0 ? textRoom : usualRoom
      const pidNamespace = await machine.pidNamespace()
      const object = compiled(() =>
        compile(
          job.program,
          machineContext(
            {
              parameters: [...job.parameters, process.pid].map(String),
              now: () => calls.clocks().boot,
              textRoom: room,
              pidNamespace,
              child: job.parameters[1],
              // Tools have probes only where functions begin, some of which no file here knows: of a container's debug files.
              unsafe: true,
              wakesAtOnce: job.wakesAtOnce === true,
              readMaps: (job.maps ?? []).map(({name}) => name),
              ...(job.mapKeys !== undefined && {mapKeys: job.mapKeys}),
              ...(job.bufferPages !== undefined && {
                ringBytes: ringBytes(job.bufferPages, calls.pageSize()),
              }),
            },
            machine,
          ),
        ),
      )
      return new EmbeddedSession(
        await load(object, {text: job.program, mayMiss: job.mayMiss}),
        job,
        calls,
        room,
      )
    },
  }
}

/** What is wrong with a program that a tool made is no mistake of the user. */
function compiled(compileNow: () => ObjectFile): ObjectFile {
  try {
    return compileNow()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new ProgramError(`the embedded engine refused the program: ${error.message}`, {
      context: error.context,
      hint: 'this is a bug of tstrace: please report it with the output of the same command and --program; --engine bpftrace may run it',
      cause: error,
    })
  }
}
