/** Looks at what serves the uplinks of a level, in one round trip. */
import type { Host } from '#host'
import type { LevelPaths } from '#store'
import { aliveFunction, runScript, words } from '../script.ts'
import type { ServedUplink } from './launch.ts'

export interface SeenUplink {
  /** The line that was written down before it was started; empty when damaged. */
  readonly record: string
  readonly serving: boolean
  readonly qemu: boolean
}

export interface SeenUplinks {
  /** By folder. */
  readonly uplinks: ReadonlyMap<string, SeenUplink>
  /** Links of this machine that are taps. */
  readonly taps: ReadonlySet<string>
}

/** Whether all that the uplink needs runs. */
export function runsWhole({ kind }: ServedUplink, { serving, qemu }: SeenUplink): boolean {
  if (kind === 'nic') return qemu
  return serving && (qemu || kind === 'tunnel')
}

export async function lookAtUplinks(
  host: Host,
  level: LevelPaths,
  signal: AbortSignal,
): Promise<SeenUplinks> {
  const script = `${aliveFunction}
yes_or_no() { if alive "$1"; then echo yes; else echo no; fi; }
for tap in /sys/class/net/*/tun_flags; do
  [ ! -e "$tap" ] || { tap=\${tap%/tun_flags}; echo "tap \${tap##*/}"; }
done
for one in ${words(level.uplinks)}/*/; do
  [ -d "$one" ] || continue
  one=\${one%/}
  line=; { IFS= read -r line < "$one/uplink.json"; } 2>/dev/null || :
  printf 'uplink %s %s %s %s\\n' "\${one##*/}" "$(yes_or_no "$one/serve.pid")" "$(yes_or_no "$one/qemu.pid")" "$line"
done`
  const said = await runScript(host, script, { doing: 'look at the uplinks', signal })
  const taps = new Set<string>()
  const uplinks = new Map<string, SeenUplink>()
  for (const line of said.split('\n')) {
    const [kind, name = '', serving, qemu, ...record] = line.split(' ')
    if (kind === 'tap') taps.add(name)
    if (kind !== 'uplink') continue
    uplinks.set(name, { record: record.join(' '), serving: serving === 'yes', qemu: qemu === 'yes' })
  }
  return { uplinks, taps }
}
