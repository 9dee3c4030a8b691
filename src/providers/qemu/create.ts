/** Creates a machine that does not run yet. */
import type { Host } from '#host'
import type { MachineOrder } from '../provider.ts'
import { failQemu } from './errors.ts'
import { imageMissingMark, madeMark, makeMachineScript, type Workshop } from './make-machine.ts'
import { parseRecord } from './record.ts'
import { runScript } from './script.ts'

export async function createMachine(
  shop: Workshop & { readonly host: Host },
  order: MachineOrder,
  signal: AbortSignal,
): Promise<void> {
  const machine = order.machine.name
  const explain = (stderr: string) => {
    const file = new RegExp(`${imageMissingMark}(.*)`).exec(stderr)?.[1]
    return file ? failQemu('image-missing', { machine, file }) : undefined
  }
  const script = makeMachineScript(order, shop)
  const said = await runScript(shop.host, script, { doing: `create machine ${machine}`, signal, explain })
  if (said.trim() === madeMark) return
  const there = parseRecord(said)
  if (!there) throw failQemu('machine-damaged', { machine, path: shop.paths.record })
  if (there.digest !== order.digest) throw failQemu('machine-exists', { machine })
}
