/** Why a machine cannot go on inside another hypervisor: pure functions. */
import type { Level, Machine } from '#lab'
import type { MoveFacts } from '#providers'

/** Networks the machine is plugged into that are not there, one sentence each. */
export function lacksNetworks({ nics, path }: Machine, target: Level): string[] {
  return nics.flatMap(({ name, switchName, portgroup }) => {
    const groups = target.switches.find((one) => one.name === switchName)?.portgroups
    if (groups?.some((group) => group.name === portgroup)) return []
    return [
      `${target.owner} has no port group ${switchName}/${portgroup}, which ${name} of ${path} is plugged into.`,
    ]
  })
}

export function lacksName({ name }: Machine, target: Level): string[] {
  const isTaken = target.machines.some((one) => one.name === name)
  return isTaken ? [`${target.owner} has a machine ${name} of its own.`] : []
}

/** As EVC does: every feature that the machine may be using has to be there. */
export function lacksProcessor(from: MoveFacts, to: MoveFacts, target: string): string[] {
  if (from.qemuVersion !== to.qemuVersion)
    return [`${target} has QEMU ${to.qemuVersion}, and the machine runs on QEMU ${from.qemuVersion}.`]
  if (from.accelerator !== to.accelerator || from.cpuModel !== to.cpuModel)
    return [
      `${target} runs machines on ${to.accelerator} with CPU ${to.cpuModel}, and this one runs on ${from.accelerator} with CPU ${from.cpuModel}.`,
    ]
  const there = new Set(to.cpuFeatures)
  const missing = from.cpuFeatures.filter((feature) => !there.has(feature))
  if (missing.length === 0) return []
  return [
    `The processor of ${target} lacks what the machine may be using: ${missing.join(', ')}. Give both hypervisors the same CPU model (an EVC baseline).`,
  ]
}

/** What a hypervisor needs for itself and for each machine beside its memory; QEMU's own use of an idle small guest. */
const perMachineMiB = 48

export function neededMiB({ memoryMiB }: Machine): number {
  return memoryMiB + perMachineMiB
}

export function lacksMemory(machine: Machine, to: MoveFacts, target: string): string[] {
  const needed = neededMiB(machine)
  if (to.memoryAvailableMiB >= needed) return []
  return [
    `${target} has ${to.memoryAvailableMiB} MiB of memory left, and ${machine.path} takes ${needed} MiB.`,
  ]
}

/** An address of the target hypervisor in a network that the source is in too: there the state is sent. */
export function commonAddress(from: Machine, to: Machine): string | undefined {
  for (const nic of to.nics) {
    const { address } = nic
    if (!address) continue
    const isShared = from.nics.some(
      (other) =>
        other.switchName === nic.switchName &&
        other.portgroup === nic.portgroup &&
        other.address !== undefined &&
        other.address.prefixLength === address.prefixLength,
    )
    if (isShared) return address.ip
  }
  return undefined
}
