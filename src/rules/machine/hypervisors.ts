/** Machines that are hypervisors, and what they need to be of use. */
import { type ProductFacts, productFacts } from '#facts'
import type { Hardware, Hypervisor, Machine } from '#lab'
import type { LabPath } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'

export interface PlacedHypervisor extends Placed {
  readonly machine: Machine & { readonly hypervisor: Hypervisor }
}

export function isHypervisor(placed: Placed): placed is PlacedHypervisor {
  return placed.machine.hypervisor !== undefined
}

export function hypervisorsOf({ machines }: Scene): readonly PlacedHypervisor[] {
  return machines.filter(isHypervisor)
}

/** Hypervisors that are to run machines, and so need what nesting needs. */
export function nestingOf(scene: Scene): readonly PlacedHypervisor[] {
  return hypervisorsOf(scene).filter(holdsMachines)
}

export function holdsMachines({ machine }: PlacedHypervisor): boolean {
  return machine.hypervisor.inside.machines.length > 0
}

export function factsOf({ machine: { hypervisor } }: PlacedHypervisor): ProductFacts | undefined {
  return productFacts(hypervisor.product, hypervisor.version)
}

export function hardwareOf({ machine }: Placed): Hardware {
  return machine.traits?.hardware ?? {}
}

export function hardwarePath({ at }: Placed, ...keys: readonly string[]): LabPath {
  return [...at, 'hardware', ...keys]
}

/** KVM and what stands on it emulate where there is no VT-x or AMD-V; the others run nothing. */
export function emulatesWithout({ machine: { hypervisor } }: PlacedHypervisor): boolean {
  return hypervisor.product === 'kvm' || hypervisor.product === 'proxmox'
}

/** A setting by its name in any case, as products read them, with the name as the file writes it. */
export function settingOf(
  placed: Placed,
  name: string,
): { readonly key: string; readonly value: string } | undefined {
  const found = Object.entries(hardwareOf(placed).settings ?? {}).find(
    ([key]) => key.toLowerCase() === name.toLowerCase(),
  )
  return found && { key: found[0], value: found[1] }
}
