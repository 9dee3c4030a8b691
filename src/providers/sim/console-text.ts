/** What a simulated machine has printed on its serial console by a given moment of its run. */

import type { SimHardware } from './park.ts'
import { bootTimeMs, crashTimeMs, rehearsalOf } from './rehearsals.ts'

export const release = '6.1.0-simulated'

interface ConsoleLine {
  /** Virtual milliseconds after power-on. */
  readonly atMs: number
  readonly text: string
}

export const banner = 'This guest is simulated; type help.'

export function printedBy(machine: SimHardware, sincePowerOnMs: number): string {
  const lines = linesOf(machine).filter(({ atMs }) => atMs <= sincePowerOnMs)
  return lines.map(({ atMs, text }) => `[${(atMs / 1000).toFixed(6).padStart(12)}] ${text}\r\n`).join('')
}

function linesOf(machine: SimHardware): ConsoleLine[] {
  const bootMs = bootTimeMs(machine)
  // A machine that never boots gets as far as a usual one does before its kernel gives up.
  const spanMs = Number.isFinite(bootMs) ? bootMs : 1000
  const crashMs = crashTimeMs(machine) ?? Number.POSITIVE_INFINITY
  const lines = [
    { atMs: 0, text: `Linux version ${release} (nestlab)` },
    { atMs: spanMs * 0.1, text: `Memory: ${machine.memoryMiB * 1024}K available` },
    { atMs: spanMs * 0.2, text: `smp: Brought up 1 node, ${machine.cpus} CPUs` },
    ...machine.nics.map(({ name, mac }) => ({ atMs: spanMs * 0.4, text: `virtio_net ${name}: ${mac}` })),
    ...lastLines(machine, spanMs),
  ]
  return lines.filter(({ atMs }) => atMs < crashMs)
}

function lastLines(machine: SimHardware, spanMs: number): ConsoleLine[] {
  if (rehearsalOf(machine.name) === 'never-boots') {
    const panic = 'VFS: Unable to mount root fs on unknown-block(0,0)'
    return [
      { atMs: spanMs * 0.8, text: panic },
      { atMs: spanMs * 0.8, text: `Kernel panic - not syncing: ${panic}` },
    ]
  }
  const kvm = machine.hypervisor ? [{ atMs: spanMs * 0.8, text: 'kvm: Nested Virtualization enabled' }] : []
  return [...kvm, { atMs: spanMs, text: `${machine.name} is up. ${banner}` }]
}
