/** Takes away the devices and rules of a lab that no record names any more. */
import type { Host } from '#host'
import type { LevelPaths } from '#store'
import { readOwner, type SharedNames } from './device-names.ts'
import { runScript, words } from './script.ts'

export interface Left {
  readonly host: Host
  readonly level: LevelPaths
  readonly shared: SharedNames
}

/** Says what it was. Does nothing while the level has machines or switches. */
export async function clearDevices(
  { host, level, shared: { alias, prefix } }: Left,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const script = `
for record in ${words(level.machines)}/* ${words(level.switches)}/*.json; do [ ! -e "$record" ] || exit 0; done
for link in /sys/class/net/*; do
  device=\${link##*/}
  ${readOwner('$device')}
  case $owner-$device in ${words(alias)}-*|-${prefix}*) ;; *) continue ;; esac
  ip link del dev "$device" </dev/null
  echo "network device $device"
done
nft list tables bridge 2>/dev/null </dev/null | while read -r _ _ table; do
  case $table in ${prefix}*) ;; *) continue ;; esac
  nft delete table bridge "$table" </dev/null
  echo "rules of $table"
done`
  const said = await runScript(host, script, { doing: 'take away network devices', signal })
  return said.split('\n').filter((line) => line !== '')
}
