/** The order for a machine that begins where another was frozen. */
import type { Disk } from '#lab'
import type { MachineOrder } from '../../provider.ts'
import { failQemu } from '../errors.ts'
import { parseRecord } from '../record.ts'

/** It needs the very files that the frozen one ran from; only what holds secrets is made anew. */
export function restoredOrder(order: MachineOrder): MachineOrder {
  const { frozen, boot } = order
  // What came from elsewhere has no record that could be believed: the order itself was found to fit.
  if (!frozen || frozen.machine.record === undefined) return order
  const kept = parseRecord(JSON.stringify(frozen.machine.record))
  if (!kept) throw failQemu('frozen-missing', { machine: order.machine.name, file: frozen.folder })
  const { disks, hasSettings, ...rest } = kept.boot
  const remade = disks.map((disk, index): Disk => {
    if (disk.kind !== 'made') return disk
    const made = boot.disks[index]
    return { ...disk, content: made?.kind === 'made' ? made.content : new Uint8Array() }
  })
  return { ...order, boot: { ...rest, disks: remade, settings: hasSettings ? boot.settings : '' } }
}
