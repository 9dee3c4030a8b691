/** What can go wrong with snapshots, copies and moves of labs: a part of the engine's table. */
import { lines, some } from './listing.ts'

export const copyFailures = {
  'no-copies': {
    exit: 3 as const,
    text: (d: { lab: string; site: string }) =>
      `Machines of lab ${d.lab} on site ${d.site} cannot be kept or copied with their memory.`,
    next: () =>
      'That needs this machine as the site, and frames carried by the switch process (without --switch kernel).',
  },
  'cannot-freeze': {
    exit: 3 as const,
    text: (d: { lab: string; hindrances: readonly string[] }) =>
      `Lab ${d.lab} cannot be kept as it is now:\n${lines(d.hindrances)}`,
    next: () => 'Nothing was stopped and nothing was kept.',
  },
  'snapshot-name-unfit': {
    exit: 2 as const,
    text: (d: { name: string }) => `${JSON.stringify(d.name)} cannot be the name of a snapshot.`,
    next: () => 'Use up to 60 letters, digits, dots, hyphens and underscores, as in before-upgrade.',
  },
  'snapshot-name-taken': {
    exit: 1 as const,
    text: (d: { lab: string; name: string }) => `Lab ${d.lab} has a snapshot ${d.name} already.`,
    next: (d: { lab: string; name: string }) =>
      `Choose another name, or remove it with \`nestlab snapshot rm ${d.name} --lab ${d.lab}\`.`,
  },
  'no-such-snapshot': {
    exit: 2 as const,
    text: (d: { lab: string; name: string; names: readonly string[] }) =>
      `Lab ${d.lab} has no snapshot ${d.name}. ${d.names.length ? `It has: ${some(d.names)}.` : 'It has none.'}`,
    next: () => 'Take one with `nestlab snapshot create NAME`; `nestlab snapshot ls` lists them.',
  },
  'snapshot-gone': {
    exit: 3 as const,
    text: (d: { name: string }) => `What snapshot ${d.name} kept is not there any more, or not whole.`,
    next: (d: { name: string }) =>
      `Nothing was changed. Choose another one, or remove it with \`nestlab snapshot rm ${d.name}\`.`,
  },
  'snapshot-unlisted': {
    exit: 1 as const,
    text: (d: { name: string; machines: readonly string[] }) =>
      `The site has a snapshot ${d.name} of ${some(d.machines)} that is not in the list of this machine.`,
    next: () =>
      'Choose another name: it was taken elsewhere, with the keys of the same lab. Nothing was changed.',
  },
  'snapshot-at-site': {
    exit: 1 as const,
    text: (d: { name: string }) =>
      `Snapshot ${d.name} is kept by its site, machine by machine, and cannot be compared or copied.`,
    next: (d: { name: string }) => `It can be gone back to: nestlab revert ${d.name}`,
  },
  'snapshot-is-part': {
    exit: 1 as const,
    text: (d: { name: string }) => `Snapshot ${d.name} has only some machines of its lab.`,
    next: () => 'A copy needs all of them: take a snapshot without --only.',
  },
  'snapshot-misfits': {
    exit: 3 as const,
    text: (d: { name: string; reasons: readonly string[] }) =>
      `What ${d.name} kept cannot run here:\n${lines(d.reasons)}`,
    next: () => 'Nothing was changed. Use the QEMU it was made with, or bring the lab up from its file.',
  },
  'cannot-move': {
    exit: 1 as const,
    text: (d: { path: string; to: string; reasons: readonly string[] }) =>
      `${d.path} cannot go on inside ${d.to}:\n${lines(d.reasons)}`,
    next: () => 'Nothing was changed: the machine runs where it did.',
  },
  'no-cluster': {
    exit: 1 as const,
    text: (d: { path: string; wants: 'ha' | 'drs' }) =>
      `No cluster of the lab with ${d.wants}: true has ${d.path}.`,
    next: (d: { path: string; wants: 'ha' | 'drs' }) =>
      `Add it to the members of a cluster in the lab file, with ${d.wants}: true, and run \`nestlab up\`.`,
  },
  'no-such-warm': {
    exit: 2 as const,
    text: (d: { lab: string; labs: readonly string[] }) =>
      `Lab ${d.lab} was not kept warm. ${d.labs.length ? `Those that were: ${some(d.labs)}.` : 'None was.'}`,
    next: () => 'Keep one with `nestlab warm make`; `nestlab warm ls` lists them.',
  },
  'not-warm': {
    exit: 4 as const,
    text: (d: { lab: string; paths: readonly string[] }) =>
      `Lab ${d.lab} can be kept warm once all its machines are up; these are not: ${some(d.paths)}.`,
    next: () => 'Run `nestlab up` first, and see `nestlab status`.',
  },
  'not-alive': {
    exit: 4 as const,
    text: (d: { name: string; paths: readonly string[] }) =>
      `The lab goes on from ${d.name}, but these machines do not answer: ${some(d.paths)}.`,
    next: () => 'It is marked as failed. Look at `nestlab logs`, or go back to another snapshot.',
  },
  'clone-name-taken': {
    exit: 1 as const,
    text: (d: { name: string }) => `There is a lab ${d.name} already.`,
    next: (d: { name: string }) =>
      `Give the copy another name, or run \`nestlab down --lab ${d.name}\` first.`,
  },
  'clone-shares-network': {
    exit: 1 as const,
    text: (d: { lab: string; switches: readonly string[] }) =>
      `A copy of lab ${d.lab} would have the same MAC addresses as the lab itself on a network outside (${some(d.switches)}).`,
    next: () => 'Give these switches no uplink, or `nat`, and take a new snapshot.',
  },
}
