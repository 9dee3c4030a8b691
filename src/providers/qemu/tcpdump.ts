/** The tcpdumps of a capture: what each listens to, and how it ends. */
import { words } from './script.ts'

const wholeFrameBytes = 262_144
const common = ['-U', '-n', '-w', '-', '-Z', 'root']

export interface TapSide {
  readonly tap: string
  readonly direction: 'in' | 'out'
  /** 0 for whole frames. */
  readonly snapBytes: number
}

/** One for each direction, because tcpdump's own format has no place for it. */
export function tapScript({ tap, direction, snapBytes }: TapSide): string {
  const what = ['-i', tap, '-Q', direction, '--immediate-mode', '--time-stamp-precision=nano']
  return untilStdinEnds(words('tcpdump', ...what, '-s', String(snapBytes || wholeFrameBytes), ...common))
}

const noLogMark = 'nestlab-no-drop-log'

/**
 * Listens to a group of the kernel's log. Fails where no rule of nftables for a port that has one logs to it: bridges
 * of an older Nestlab, or a kernel that cannot.
 */
export function dropLogScript(group: number): string {
  const tcpdump = words('tcpdump', '-i', `nflog:${group}`, '-s', String(wholeFrameBytes), ...common)
  return `case "$(nft list ruleset bridge 2>/dev/null </dev/null)" in
*" group ${group} queue-threshold 1 "*) ;; *' drop_'*) echo ${noLogMark} >&2; exit 1 ;; esac
${untilStdinEnds(tcpdump)}`
}

/** Why there is nothing to listen to, from what the script has said. */
export function whyNoDropLog(said: string): 'taken' | 'none' | undefined {
  // The kernel gives a group to one reader at a time.
  if (/listen on group index: Operation not permitted/.test(said)) return 'taken'
  return said.includes(noLogMark) ? 'none' : undefined
}

/** Ends when its stdin does, which is when the one who captures goes, in whatever way. */
function untilStdinEnds(tcpdump: string): string {
  // Commands in the background read nothing unless it is handed to them by another number.
  return `exec 3<&0
${tcpdump} 3<&- & p=$!
(while read -r _; do :; done; kill $p) <&3 3<&- >/dev/null 2>&1 &
wait $p`
}

/** What tcpdump tells besides is how it begins and ends. */
export function complaintIn(said: string): string | undefined {
  return said.split('\n').find((line) => /^(tcpdump: (?!listening|verbose)|sh: )/.test(line))
}

export function lostIn(said: string): number {
  return Number(/(\d+) packets? dropped by kernel/.exec(said)?.[1] ?? 0)
}
