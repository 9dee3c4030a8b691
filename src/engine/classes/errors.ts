/** What can go wrong with classes, in one table. */
import { failuresOf } from '#failure'

export const fail = failuresOf({
  'class-name-unfit': {
    exit: 2,
    text: (d: { name: string; longest: number }) =>
      `${JSON.stringify(d.name)} cannot be the name of a class: its seats are labs named after it.`,
    next: (d: { name: string; longest: number }) =>
      `Use up to ${d.longest} of a-z, 0-9 and inner hyphens, beginning with a letter.`,
  },
  'class-name-taken': {
    exit: 1,
    text: (d: { name: string; state: string }) => `There is a class ${d.name} already; it is ${d.state}.`,
    next: (d: { name: string; state: string }) =>
      `Choose another name, or give that one up with its grades: nestlab class close ${d.name} --forget`,
  },
  'no-such-class': {
    exit: 2,
    text: (d: { name: string; names: readonly string[] }) =>
      `There is no class ${d.name}. ${d.names.length ? `There are: ${some(d.names)}.` : 'There is none.'}`,
    next: () => 'Make one with: nestlab class create NAME --template LAB',
  },
  'no-such-seat': {
    exit: 2,
    text: (d: { class: string; seat: string; seats: number }) =>
      `Class ${d.class} has no seat ${d.seat}; it has ${d.seats}.`,
    next: (d: { class: string }) => `nestlab class ls ${d.class} lists them.`,
  },
  'class-wish-unfit': {
    exit: 2,
    text: (d: { text: string }) => d.text,
    next: () => 'Times are written as 2027-01-11T08:00:00Z, lengths of time as 30min or 20h.',
  },
  'class-without-template': {
    exit: 2,
    text: (d: { name: string }) => `Class ${d.name} has no template lab whose copies its seats could be.`,
    next: () =>
      'Name one that is up with --template LAB or --template LAB@SNAPSHOT, or a lab file with -f FILE whose lab is up.',
  },
  'class-without-snapshot': {
    exit: 2,
    text: (d: { lab: string; name: string; names: readonly string[] }) =>
      `Lab ${d.lab} has no snapshot ${d.name}. ${d.names.length ? `It has: ${some(d.names)}.` : 'It has none.'}`,
    next: (d: { lab: string }) =>
      `Take it with nestlab snapshot create, or name the lab alone (--template ${d.lab}): a snapshot is taken then.`,
  },
  'templates-differ': {
    exit: 2,
    text: (d: { first: string; other: string }) =>
      `${d.first} and ${d.other} have not the same machines, so their copies would be unequal seats.`,
    next: () => 'Bring the same lab up on each site, under names of their own.',
  },
  'seat-name-taken': {
    exit: 1,
    text: (d: { labs: readonly string[] }) =>
      `There are labs already that are called as seats would be: ${some(d.labs)}.`,
    next: () => 'Give the class another name, or take these labs down first. Nothing was made.',
  },
  'class-shrinks': {
    exit: 2,
    text: (d: { name: string; seats: number; wanted: number }) =>
      `Class ${d.name} has ${d.seats} seats, and ${d.wanted} are asked for.`,
    next: () => 'Seats are added one by one and taken away all together, with nestlab class close.',
  },
  'class-not-open': {
    exit: 1,
    text: (d: { name: string; state: string }) => `Class ${d.name} is ${d.state}.`,
    next: (d: { name: string; state: string }) =>
      d.state === 'closing'
        ? `Go on with: nestlab class close ${d.name}`
        : `Its grades: nestlab class export ${d.name}. Make another class, or forget this one.`,
  },
  'seats-busy': {
    exit: 4,
    text: (d: { seats: readonly string[]; pid: number }) =>
      `${some(d.seats)} ${d.seats.length === 1 ? 'is' : 'are'} being changed by another command (process ${d.pid}).`,
    next: () => 'Wait until it has ended, or stop it with Ctrl-C in its terminal.',
  },
  'seat-not-there': {
    exit: 1,
    text: (d: { seat: string; state: string; because: string }) =>
      `Seat ${d.seat} cannot be used: it is ${d.state} (${d.because}).`,
    next: (d: { seat: string }) =>
      `nestlab class publish makes seats that are missing; nestlab class reset makes ${d.seat} anew.`,
  },
  'seat-locked': {
    exit: 1,
    text: (d: { seat: string; why: string }) => `Seat ${d.seat} may not be used now: ${d.why}.`,
    next: () => 'Whoever runs the class can change that with nestlab class extend.',
  },
  'seat-secret-wrong': {
    exit: 1,
    text: (d: { seat: string }) => `That is not what opens seat ${d.seat}.`,
    next: (d: { seat: string }) =>
      `Whoever runs the class can hand out a new one, after which the old one is void: nestlab class token (for ${d.seat})`,
  },
  'class-does-not-fit': {
    exit: 3,
    text: (d: {
      name: string
      made: number
      waiting: number
      site: string
      availableMiB: number
      needMiB: number
    }) =>
      `${d.made} seats of ${d.name} are there, and ${d.waiting} have no room: one more takes about ${d.needMiB} MiB on site ${d.site}, where ${d.availableMiB} MiB are available.`,
    next: () =>
      'Stop other labs or give the class a further site, then publish again: it goes on with those that are missing.',
  },
  'class-incomplete': {
    exit: 4,
    text: (d: {
      name: string
      doing: string
      seats: readonly { readonly seat: string; readonly because: string }[]
    }) =>
      `Not all seats of ${d.name} could be ${d.doing}:\n${d.seats.map(({ seat, because }) => `  ${seat}: ${because}`).join('\n')}`,
    next: () => 'The same command goes on with these; the other seats are as they should be.',
  },
  'no-exercises': {
    exit: 1,
    text: (d: { name: string }) =>
      `The lab of class ${d.name} expects nothing, so there is nothing to grade.`,
    next: () => 'Name a lab file with a section `expect:` behind -f.',
  },
})

function some(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown
}
