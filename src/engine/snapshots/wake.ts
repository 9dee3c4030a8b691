/** A lab that stands still goes on when somebody comes in. */
import { lockHolder } from '#store'
import type { Surroundings } from '../contract.ts'
import type { Reach } from '../reach.ts'
import { upwards } from '../select.ts'
import { resumeLab } from './hold.ts'

/** All of it, since its machines know each other. Does nothing when the machine of L0 around `path` does not stand still. */
export async function wakeFor(
  surroundings: Surroundings,
  { reach, path }: { readonly reach: Reach; readonly path: string },
  signal: AbortSignal,
): Promise<void> {
  const level = await reach.level('')
  if (!level.copies) return
  const { machines } = await level.inspect(signal)
  const around = new Set(upwards(path))
  if (!machines.some(({ name, state }) => around.has(name) && state === 'paused')) return
  const lab = reach.lab.name
  // A command that takes a snapshot stops them for a moment only, and lets them go on itself.
  if (await lockHolder(surroundings.roots, lab)) return
  await resumeLab(surroundings, lab, { signal, onEvent: () => undefined })
}
