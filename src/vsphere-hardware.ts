/** Virtual hardware that follows from the product in a machine and from the hosts that it runs on. */
import { evcBaseline, guestIdOf, hardwareVersion, newestHardwareVersion, productFacts } from '#facts'
import type { Machine } from '#lab'
import type { HardwareChoice } from './providers/vsphere/index.ts'

/** Of machines that are no hypervisors, or of products that the tables do not know. */
const plain = { guestId: 'otherLinux64Guest', bootDiskMiB: 16 * 1024 }
/** The oldest host that this API drives. */
const oldestVersion = 8
/** ESXi has had a driver for the paravirtual controller since then; Linux always. */
const paravirtualEsxi = 6.5

export function hardwareOf(machine: Machine, versions: readonly string[]): HardwareChoice {
  const known = versions.flatMap((version) => newestHardwareVersion(version) ?? [])
  const newest = known.length > 0 ? Math.min(...known) : oldestVersion
  const { product, version } = machine.hypervisor ?? {}
  const guest = product === undefined ? undefined : guestIdOf(product, version)
  // A guest type that the hosts do not know yet is refused by them; the newest they know stands for it.
  const guestId = guest && guest.firstHardware <= newest ? guest.guestId : undefined
  const facts = product === undefined ? undefined : productFacts(product, version)
  const limits = hardwareVersion(machine.traits?.hardware?.version ?? newest)
  return {
    version: newest,
    newest,
    guestId: guestId ?? (product === 'esxi' ? newestEsxiGuest(newest) : plain.guestId),
    bootDiskMiB: facts?.datastoreSureBootDiskMiB ?? facts?.bootDiskMiB ?? plain.bootDiskMiB,
    hasParavirtualScsi:
      product === 'esxi' ? Number.parseFloat(version ?? '9') >= paravirtualEsxi : product !== 'hyperv',
    maxCpus: limits?.maxCpus ?? 1,
    ...(limits?.maxMemoryGiB !== undefined && { maxMemoryMiB: limits.maxMemoryGiB * 1024 }),
  }
}

function newestEsxiGuest(newest: number): string {
  const versions = ['9.0', '8.0', '7.0', '6.5', '6.0', '5.0']
  const rows = versions.flatMap((version) => guestIdOf('esxi', version) ?? [])
  return rows.find(({ firstHardware }) => firstHardware <= newest)?.guestId ?? 'vmkernel5Guest'
}

/** Whether its guest says by itself how it is. */
export function hasTools({ traits, hypervisor }: Machine): boolean {
  if (traits?.tools !== undefined) return traits.tools !== 'none'
  if (!hypervisor) return true
  return productFacts(hypervisor.product, hypervisor.version)?.toolsBuiltIn ?? true
}

/** `westmere`, `Intel "Westmere" Generation` and `L2` are `intel-westmere` for a server. */
export function evcModeOf(text: string): string {
  return evcBaseline(text)?.key ?? text
}
