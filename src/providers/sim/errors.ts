/** Everything that can go wrong in the simulated machine park. */
import { failuresOf } from '#failure'

interface Named {
  readonly machine: string
}

export const fail = failuresOf({
  'machine-unknown': {
    exit: 4,
    text: (d: Named) => `There is no simulated machine ${d.machine}.`,
    next: () => 'Run `nestlab status` to see which machines exist.',
  },
  'machine-exists': {
    exit: 4,
    text: (d: Named) => `The simulated machine ${d.machine} exists already, made from another order.`,
    next: () => 'Remove it first; `nestlab up` does that by itself.',
  },
  'no-such-switch': {
    exit: 4,
    text: (d: Named & { switchName: string }) =>
      `The simulated machine ${d.machine} cannot start: its switch ${d.switchName} does not exist.`,
    next: () => 'Put the switch before starting the machine; `nestlab up` does that by itself.',
  },
  'machine-not-running': {
    exit: 4,
    text: (d: Named & { state: string }) =>
      `The simulated machine ${d.machine} is not running: it is ${d.state}.`,
    next: (d: Named) => `Start it with \`nestlab start ${d.machine}\`.`,
  },
  'does-not-fit': {
    exit: 3,
    text: (d: Named & { memoryMiB: number }) =>
      `The simulated machine ${d.machine} with ${d.memoryMiB} MiB does not fit on its host.`,
    next: () =>
      'Give it less memory; machines named too-big are refused on purpose (rehearsal), whatever they want.',
  },
  'cannot-start': {
    exit: 4,
    text: (d: Named) => `The simulated machine ${d.machine} cannot start: its process ended at once.`,
    next: () => 'Machines named no-start never start on purpose (rehearsal); give it another name.',
  },
  'cannot-remove': {
    exit: 4,
    text: (d: Named) => `The simulated machine ${d.machine} could not be removed this time.`,
    next: () => 'Machines named stuck refuse their first removal on purpose (rehearsal).',
  },
  'cannot-keep': {
    exit: 3,
    text: (d: Named & { why: string }) => `The simulated machine ${d.machine} could not be kept: ${d.why}.`,
    next: () =>
      'It runs as before. Free some space if the disk is full; machines named disk-full and never-safe fail so on purpose (rehearsal).',
  },
  'frozen-missing': {
    exit: 3,
    text: (d: Named & { file: string; why: string }) =>
      `The simulated machine ${d.machine} cannot go on from ${d.file}: ${d.why}.`,
    next: () =>
      'Choose another snapshot, or bring the lab up from its file; what machines named forgets keep is lost on purpose (rehearsal).',
  },
  'hypervisor-lost': {
    exit: 4,
    text: (d: { hypervisor: string }) =>
      `The inside of the simulated hypervisor ${d.hypervisor} cannot be reached: it is not up, or was restarted since.`,
    next: (d: { hypervisor: string }) =>
      `Look at \`nestlab status\`; start it with \`nestlab start ${d.hypervisor}\`.`,
  },
  'simulation-damaged': {
    exit: 4,
    text: (d: { file: string; why: string }) => `The simulation file ${d.file} is damaged: ${d.why}.`,
    next: (d: { file: string }) =>
      `Nothing was changed. Move ${d.file} away to begin with an empty simulation.`,
  },
  'simulation-unwritable': {
    exit: 3,
    text: (d: { file: string; why: string }) =>
      `The simulation file ${d.file} cannot be read or written: ${d.why}.`,
    next: () => 'Check the free space and the rights of its folder.',
  },
  'simulation-locked': {
    exit: 4,
    text: (d: { file: string }) =>
      `The simulation file ${d.file} is being changed by another process that does not finish.`,
    next: () => 'Look for another nestlab command that hangs, and end it.',
  },
})
