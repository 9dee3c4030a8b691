/** What can go wrong while a lab is planned and carried out, in one table. */
import { Failure, failuresOf } from '#failure'
import { copyFailures } from './copy-failures.ts'
import { lines, some } from './listing.ts'

export const fail = failuresOf({
  ...copyFailures,
  'keys-without-effect': {
    exit: 1,
    text: (d: Unfit) =>
      `Lab ${d.lab} uses what this version cannot put into effect:\n${lines(d.keys)}${alsoWanting(d.wants)}`,
    next: (d: Unfit) =>
      d.wants.length === 0
        ? 'Take these keys out of the lab file; nothing was started.'
        : 'Take these keys out of the lab file and provide what is named, or choose other machines with --only; nothing was started.',
  },
  'machines-cannot-run': {
    exit: 3,
    text: (d: { wants: readonly string[] }) => `These machines cannot run yet:\n${lines(d.wants)}`,
    next: () => 'Provide what is named, or leave the machines out with --only; nothing was started.',
  },
  'only-matches-nothing': {
    exit: 2,
    text: (d: { pattern: string; paths: readonly string[] }) =>
      `--only ${d.pattern} matches no machine. The lab has: ${some(d.paths)}.`,
    next: () =>
      'Patterns match whole paths: `kvm-*` takes kvm-1 with all inside it, `*/web` every inner web.',
  },
  'name-taken': {
    exit: 1,
    text: (d: { lab: string; file: string; other: string }) =>
      `A lab named ${d.lab} is there already, from ${d.other}; this one is ${d.file}.`,
    next: (d: { lab: string; file: string; other: string }) =>
      `Give one of them another name, or run \`nestlab down --lab ${d.lab}\` first.`,
  },
  'site-changed': {
    exit: 1,
    text: (d: { lab: string; from: string; to: string }) =>
      `Lab ${d.lab} runs on site ${d.from}, and its file now says ${d.to}.`,
    next: (d: { lab: string; from: string; to: string }) =>
      `Run \`nestlab down --lab ${d.lab}\` first: machines do not move from site to site.`,
  },
  'carrier-changed': {
    exit: 1,
    text: (d: { lab: string; from: string; to: string }) =>
      `Lab ${d.lab} was brought up with --switch ${d.from}, and --switch ${d.to} is asked for now.`,
    next: (d: { lab: string; from: string; to: string }) =>
      `Run \`nestlab down --lab ${d.lab}\` first, or leave --switch away: machines cannot be plugged over while they run.`,
  },
  'kernel-lacks': {
    exit: 3,
    text: (d: { lab: string; lacks: readonly string[] }) =>
      `This machine's kernel cannot carry the frames of lab ${d.lab}:\n${lines(d.lacks)}`,
    next: () =>
      'Provide what is named, or leave --switch kernel away: the switch process needs none of it. Nothing was started.',
  },
  'memory-short': {
    exit: 3,
    text: (d: { neededMiB: number; availableMiB: number; machines: number }) =>
      `The ${d.machines} machines to be started take ${d.neededMiB} MiB; ${d.availableMiB} MiB are available.`,
    next: () => 'Make machines smaller, stop other labs, or start a part of the lab with --only.',
  },
  'not-agreed': {
    exit: 1,
    text: (d: { opened: readonly string[] }) => `This would open what others use:\n${lines(d.opened)}`,
    next: () =>
      'Agree when asked, or beforehand with `nestlab up --open`; or use a switch of the lab instead. Nothing was started.',
  },
  'no-such-lab': {
    exit: 2,
    text: (d: { lab: string; labs: readonly string[] }) =>
      `There is no lab ${d.lab} on this machine. ${d.labs.length ? `There are: ${some(d.labs)}.` : 'There is none.'}`,
    next: () => 'Bring it up with `nestlab up`, or name one that is there with --lab.',
  },
  'still-open': {
    exit: 4,
    text: (d: { lab: string; paths: readonly string[] }) =>
      `Machines of ${d.lab} still let in whoever has the keys that the blueprint was handed over with: ${some(d.paths)}.`,
    next: () => 'Do not use this lab: take it down, and ask who packed it. From its file it boots anew.',
  },
  'instant-unfit': {
    exit: 1,
    text: (d: { lab: string; reason: string }) =>
      `The running lab ${d.lab} in the blueprint is refused: ${d.reason}.`,
    next: () => 'Nothing of it was taken in. Without it, the lab boots from its file.',
  },
  'warm-there': {
    exit: 2,
    text: (d: { lab: string }) => `A lab ${d.lab} is kept warm here already.`,
    next: (d: { lab: string }) =>
      `Unpack it under another name with --name, or forget that one: nestlab warm rm ${d.lab}`,
  },
  'no-such-machine': {
    exit: 2,
    text: (d: { lab: string; path: string; paths: readonly string[] }) =>
      `Lab ${d.lab} has no machine ${d.path}. It has: ${some(d.paths)}.`,
    next: () => 'Name a machine by its path, such as kvm-1/web; `nestlab ls` lists them.',
  },
  'no-such-nic': {
    exit: 2,
    text: (d: { path: string; nic: string; nics: readonly string[] }) =>
      `${d.path} has no NIC ${d.nic}. It has: ${some(d.nics) || 'none'}.`,
    next: (d: { path: string; nics: readonly string[] }) =>
      d.nics[0]
        ? `Name one of them (${d.path}:${d.nics[0]}), or leave it away for all.`
        : 'Name another machine.',
  },
  'no-nic': {
    exit: 2,
    text: (d: { path: string }) => `${d.path} has no NIC in the lab's networks.`,
    next: () => 'Give it one in the lab file (nics:), or name another machine.',
  },
  'no-frames': {
    exit: 3,
    text: (d: { lab: string; site: string }) =>
      `Lab ${d.lab} is on site ${d.site}, where no real frames flow that could be impaired or captured.`,
    next: () => 'Bring the lab up on site local; counters of any site: nestlab net stats.',
  },
  'keys-missing': {
    exit: 3,
    text: (d: { lab: string }) => `The keys that open the machines of lab ${d.lab} are not there.`,
    next: (d: { lab: string }) => `Run \`nestlab down --lab ${d.lab}\`, then \`nestlab up\`.`,
  },
  'machine-died': {
    exit: 4,
    text: (d: { path: string; afterMs: number; console: string | undefined }) =>
      `${d.path} ended ${seconds(d.afterMs)} after its start, before it was ready.${consoleText(d.console)}`,
    next: (d: { path: string }) => `\`nestlab logs ${d.path}\` shows its whole console.`,
  },
  'guest-silent': {
    exit: 4,
    text: (d: { path: string; limitMs: number; last: string; console: string }) =>
      `${d.path} was not ready within ${seconds(d.limitMs)}${d.last && ` (${d.last})`}.${consoleText(d.console)}`,
    next: (d: { path: string }) =>
      `\`nestlab console ${d.path}\` attaches to its console; \`nestlab up\` waits for it again.`,
  },
  'not-answering': {
    exit: 4,
    text: (d: { path: string; limitMs: number }) =>
      `${d.path} does not answer (waited ${seconds(d.limitMs)}).`,
    next: (d: { path: string }) =>
      `\`nestlab status\` says whether it runs; \`nestlab logs ${d.path}\` shows its console.`,
  },
  'inside-closed': {
    exit: 4,
    text: (d: { path: string; why: string }) => `${d.path} answers, but its inside cannot be used: ${d.why}`,
    next: (d: { path: string }) => `\`nestlab stop ${d.path}\` and \`nestlab up\` start it anew.`,
  },
  'step-failed': {
    exit: 4,
    text: (d: StepFailure) =>
      `${d.step}: ${d.reason}${more(d.others)}\n${d.exists.length ? `What exists: ${some(d.exists)}.` : 'No machine exists.'}`,
    next: (d: StepFailure) => `${d.remedy} Then run the same command again; it continues where it stopped.`,
  },
  interrupted: {
    exit: 4,
    text: (d: { exists: readonly string[] }) =>
      `Stopped before the end. ${d.exists.length ? `What exists: ${some(d.exists)}.` : 'No machine exists.'}`,
    next: () => 'The same command continues; `nestlab down` takes everything away.',
  },
  unexpected: {
    exit: 4,
    text: (d: { doing: string; reason: string }) => `Could not ${d.doing}: ${d.reason}.`,
    next: () => 'Run the command again; with --debug it shows where this happened.',
  },
})

interface Unfit {
  readonly lab: string
  readonly keys: readonly string[]
  /** What is wanting besides, as in `machines-cannot-run`. */
  readonly wants: readonly string[]
}

interface StepFailure {
  readonly step: string
  readonly reason: string
  readonly remedy: string
  /** How many further steps failed. */
  readonly others: number
  readonly exists: readonly string[]
}

/** Makes a `Failure` of anything that was thrown; `doing` completes "Could not …". */
export function asFailure(error: unknown, doing: string): Failure {
  if (error instanceof Failure) return error
  const reason = error instanceof Error ? error.message : String(error)
  return fail('unexpected', { doing, reason }, error)
}

function alsoWanting(wants: readonly string[]): string {
  return wants.length > 0 ? `\nAnd these machines cannot run yet:\n${lines(wants)}` : ''
}

function more(others: number): string {
  if (others === 0) return ''
  return `\n${others} other ${others === 1 ? 'step' : 'steps'} failed too.`
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}

/** Undefined when the console could not be read. */
function consoleText(tail: string | undefined): string {
  if (tail === undefined) return ''
  return tail ? `\nThe last lines of its console:\n${lines(tail.split('\n'))}` : '\nIts console is empty.'
}
