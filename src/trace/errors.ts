/** Everything that can be wrong with what a trace is asked. */
import { failuresOf } from '#failure'

export const fail = failuresOf({
  'trace-unknown-machine': {
    exit: 2,
    text: (d: { machine: string; near: readonly string[] }) => `The lab has no machine ${d.machine}.`,
    next: (d: { machine: string; near: readonly string[] }) => `Its machines: ${d.near.join(', ')}.`,
  },
  'trace-unknown-nic': {
    exit: 2,
    text: (d: { machine: string; nic: string; nics: readonly string[] }) =>
      `${d.machine} has no NIC ${d.nic}.`,
    next: (d: { machine: string; nic: string; nics: readonly string[] }) =>
      d.nics.length > 0 ? `Its NICs: ${d.nics.join(', ')}.` : 'Give it one in the lab file.',
  },
})
