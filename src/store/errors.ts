/** What can go wrong with files, in one table. */
import { type Failure, failuresOf } from '#failure'

export const failStore = failuresOf({
  'disk-full': {
    exit: 3,
    text: (d: { doing: string; path: string }) =>
      `No space is left on the file system of ${d.path}, needed to ${d.doing}.`,
    next: () => 'Free some space there and run the command again; it continues where it stopped.',
  },
  'not-writable': {
    exit: 3,
    text: (d: { doing: string; path: string }) =>
      `${d.path} must not be changed, which is needed to ${d.doing}.`,
    next: () => 'Check the owner and the rights of the folder, or set NESTLAB_HOME to a folder of your own.',
  },
  'store-trouble': {
    exit: 3,
    text: (d: { doing: string; path: string; reason: string }) =>
      `Could not ${d.doing}: ${d.path}: ${d.reason}.`,
    next: () => 'Check the folder and run the command again.',
  },
  'folder-not-private': {
    exit: 3,
    text: (d: { path: string; reason: string }) =>
      `${d.path} cannot be trusted with sockets and keys: ${d.reason}.`,
    next: (d: { path: string; reason: string }) =>
      `Remove ${d.path}, or set NESTLAB_HOME to a folder of your own.`,
  },
  'socket-path-too-long': {
    exit: 3,
    text: (d: { path: string; bytes: number; limit: number }) =>
      `The socket path ${d.path} has ${d.bytes} bytes; the kernel takes ${d.limit}.`,
    next: () =>
      'Set NESTLAB_HOME to a folder with a shorter path, or give the lab and its machines shorter names.',
  },
  'state-damaged': {
    exit: 3,
    text: (d: { path: string; what: string; reason: string }) =>
      `${d.what} ${d.path} is damaged: ${d.reason}.`,
    next: (d: { path: string; what: string; reason: string }) =>
      `Nothing was changed. Restore ${d.path} from a backup, or move it away if you can do without it.`,
  },
  'state-newer': {
    exit: 3,
    text: (d: { path: string; version: number }) =>
      `${d.path} was written by a newer Nestlab (format ${d.version}).`,
    next: () => 'Use that version, or take the lab down with it first.',
  },
  'lab-busy': {
    exit: 4,
    text: (d: { lab: string; pid: number; command: string }) =>
      `Lab ${d.lab} is being changed by another command: ${d.command} (process ${d.pid}).`,
    next: () => 'Wait until it has ended, or stop it with Ctrl-C in its terminal.',
  },
})

/** Turns an error of the file system into a failure that names the step it happened in. */
export function fileFailure(doing: string, path: string, error: unknown): Failure {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return failStore('disk-full', { doing, path }, error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return failStore('not-writable', { doing, path }, error)
  }
  const reason = error instanceof Error ? error.message : String(error)
  return failStore('store-trouble', { doing, path, reason }, error)
}

/** The system's name of an error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
