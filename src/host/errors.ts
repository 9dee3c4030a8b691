/** Everything that goes wrong between us and a place where commands run. */
import { failuresOf } from '#failure'

interface OnHost {
  readonly host: string
}
interface WithReason extends OnHost {
  readonly reason: string
}
interface WithProgram extends OnHost {
  readonly program: string
}
interface WithPath extends OnHost {
  readonly path: string
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`
const mebibytes = (bytes: number): string => `${Math.round((bytes / 2 ** 20) * 100) / 100} MiB`

export const fail = failuresOf({
  'host-lost': {
    exit: 4,
    text: ({ host, reason }: WithReason) => `The connection to ${host} was lost: ${reason}.`,
    next: ({ host }: OnHost) => `See whether ${host} still runs (nestlab status), then repeat the command.`,
  },
  'host-silent': {
    exit: 4,
    text: ({ host, limitMs }: OnHost & { limitMs: number }) =>
      `${host} did not answer on SSH within ${seconds(limitMs)}.`,
    next: ({ host }: OnHost) => `Look at the last lines of the console of ${host} (nestlab logs).`,
  },
  'host-key-wrong': {
    exit: 4,
    text: ({ host }: OnHost) => `What answers as ${host} does not have the host key this lab gave it.`,
    next: () =>
      'Another machine answers in its place, or the machine was started by another lab: stop it and start it again.',
  },
  'login-refused': {
    exit: 4,
    text: ({ host, username }: OnHost & { username: string }) =>
      `${host} answers, but refuses the lab's key for the user ${username}.`,
    next: () => 'The machine was started with other keys: stop it and start it again.',
  },
  'key-unusable': {
    exit: 3,
    text: ({ host, which }: OnHost & { which: 'private key' | 'host public key' }) =>
      `The ${which} to enter ${host} with cannot be read as an OpenSSH key.`,
    next: () => "The lab's key file is damaged: take the lab down and bring it up again to get new keys.",
  },
  'cannot-start': {
    exit: 3,
    text: ({ host, program, reason }: WithProgram & WithReason) =>
      `${program} cannot be started on ${host}: ${reason}.`,
    next: ({ program, host }: WithProgram) =>
      `Install ${program} on ${host}, or see nestlab doctor for what is missing.`,
  },
  'took-too-long': {
    exit: 4,
    text: ({ host, program, limitMs }: WithProgram & { limitMs: number }) =>
      `${program} on ${host} did not end within ${seconds(limitMs)} and was killed.`,
    next: ({ host }: OnHost) => `See whether ${host} is overloaded or hangs, then repeat the command.`,
  },
  'output-too-large': {
    exit: 4,
    text: ({ host, program, limitBytes }: WithProgram & { limitBytes: number }) =>
      `${program} on ${host} wrote more than ${mebibytes(limitBytes)} and was stopped.`,
    next: () => 'Ask for less, or have the output written to a file.',
  },
  'no-exit-code': {
    exit: 4,
    text: ({ host, program }: WithProgram) => `${host} did not say how ${program} ended.`,
    next: () => 'Repeat the command.',
  },
  'no-such-file': {
    exit: 4,
    text: ({ host, path }: WithPath) => `There is no ${path} on ${host}.`,
    next: () => 'See whether the path is right and what should have made it has run.',
  },
  'file-trouble': {
    exit: 4,
    text: ({ host, path, reason, doing }: WithPath & WithReason & { doing: string }) =>
      `${doing} ${path} on ${host} failed: ${reason}.`,
    next: ({ path }: WithPath) => `See whether the disk is full and whether the user may use ${path}.`,
  },
  'path-not-usable': {
    exit: 4,
    text: ({ path }: { path: string }) => `${JSON.stringify(path)} cannot be used as a path on a host.`,
    next: () => 'Give an absolute path below the root folder.',
  },
  'argument-not-usable': {
    exit: 4,
    text: ({ host }: OnHost) => `A command for ${host} is empty or holds a NUL character.`,
    next: () => 'No program can be given such an argument: leave it out.',
  },
  'cannot-connect': {
    exit: 4,
    text: ({ host, endpoint, reason }: WithReason & { endpoint: string }) =>
      `${endpoint} on ${host} cannot be connected to: ${reason}.`,
    next: () => 'See whether what listens there still runs.',
  },
  'no-channel': {
    exit: 4,
    text: ({ host, reason }: WithReason) => `${host} refuses a further command: ${reason}.`,
    next: ({ host }: OnHost) => `Too many commands run on ${host} at once: close some, then repeat.`,
  },
  'no-terminal': {
    exit: 3,
    text: ({ host }: OnHost) => `${host} has no program that gives a command a terminal.`,
    next: () => 'Install util-linux (Debian: bsdutils), which has the program script.',
  },
})
