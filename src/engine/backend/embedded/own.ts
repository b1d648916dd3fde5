import {EngineError} from '../../errors.js'
import type {Machine} from '../../kernel/machine.js'

/** @throws EngineError if this kernel does not run programs that we load, as it does since 5.10 */
export async function requireOwnPrograms(machine: Machine): Promise<void> {
  const {ok, why} = await machine.ownPrograms()
  if (ok) return
  throw new EngineError(`the embedded engine cannot run here: ${why}`, {
    hint: '`tstrace doctor` shows what this machine can do; --engine bpftrace takes an installed bpftrace',
  })
}
