/** Scripts that start and end the process of a machine. */
import type { MachinePaths } from '#store'
import { aliveFunction, words } from './script.ts'

/** How long QEMU may take to write back its disks and end; then it is killed. */
const endLimitLooks = 500
const killLimitLooks = 250
export const willNotEndMark = 'nestlab-will-not-end'
export const notOursMark = 'nestlab-not-ours'
export const refusedMark = 'nestlab-qemu-refused'

export interface Launch {
  readonly paths: MachinePaths
  readonly commandLine: readonly string[]
  /** Lines that make the machine's network devices. */
  readonly plug: string
  /** The folder above the lab's sockets; in a shared place somebody else could have made it first. */
  readonly runRoot: string
}

const ownedFunction = 'owned() { [ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ]; }'

/**
 * Does nothing when the machine runs. `-daemonize` gives back the shell when all sockets listen, or ends with the
 * reason on stderr. The process then has a session of its own: Ctrl-C and the end of the command do not reach it.
 */
export function launchScript({ paths, commandLine, plug, runRoot }: Launch): string {
  return `${aliveFunction}
umask 077
! alive ${words(paths.pid)} || exit 0
mkdir -p ${words(paths.run)}
${ownedFunction}
owned ${words(runRoot)} || { echo ${notOursMark} >&2; exit 1; }
${plug}
${words(...commandLine)} </dev/null || { echo ${refusedMark} >&2; exit 1; }`
}

/** Ends the process if it is ours; SIGTERM lets QEMU flush its disks and remove its pid file. */
export function powerOffScript(paths: MachinePaths): string {
  const pid = words(paths.pid)
  return `${aliveFunction}
ended() {
  i=0
  while alive "$1"; do
    [ "$i" -lt "$2" ] || return 1
    i=$((i + 1))
    sleep 0.02 2>/dev/null || sleep 1
  done
}
if alive ${pid}; then
  kill "$p" 2>/dev/null || :
  if ! ended ${pid} ${endLimitLooks}; then
    kill -9 "$p" 2>/dev/null || :
    ended ${pid} ${killLimitLooks} || { echo ${willNotEndMark} >&2; exit 1; }
  fi
fi
rm -f ${pid}`
}

/** The folder leaves the list of machines in one step, before its files go one by one. */
export function removeScript(paths: MachinePaths, unplug: string): string {
  const away = paths.state.replace(/[^/]+$/, '.old-$&')
  return `${powerOffScript(paths)}
${unplug}
rm -rf ${words(paths.run, away)}
[ ! -e ${words(paths.state)} ] || mv ${words(paths.state, away)}
rm -rf ${words(away)}`
}
