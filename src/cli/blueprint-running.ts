/** Brings a lab up only to pack it as it runs: under a name and keys that nothing else has. */
import type { HandedOut } from '#engine'
import type { ResolvedLab } from '#lab'
import { carryOut } from './carry-out.ts'
import { fail } from './errors.ts'
import type { Call } from './verb.ts'

/**
 * Hands `pack` the running lab, and takes it away afterwards. A command that was cut off in here is gone on with: what
 * it has kept is used, and what it has left running is taken down.
 */
export async function packRunning<Result>(
  call: Call,
  passing: ResolvedLab,
  pack: (running: HandedOut) => Promise<Result>,
): Promise<Result> {
  const { name } = passing
  const engine = await call.services.engine()
  const isThere = async () => (await engine.labs()).some((one) => one.name === name)
  const down = async () => {
    if (await isThere()) await carryOut(call, name, (run) => engine.down(name, run))
  }
  if (!(await engine.handOut(passing))) {
    await carryOut(call, name, (run) => engine.up(passing, run))
    await carryOut(call, name, (run) => engine.keepWarm(name, run))
  }
  await down()
  const running = await engine.handOut(passing)
  if (!running) throw fail('running-lost', { lab: name })
  const packed = await pack(running)
  await engine.dropWarm(name)
  return packed
}
