/** What a new ESXi does when it boots for the first and the second time. */
import { hostName, hostUp } from './host-commands.ts'
import type { CheckedSettings } from './kickstart-settings.ts'
import { markFunction } from './marks.ts'
import { isAtLeast } from './version.ts'

const localScript = '/etc/rc.local.d/local.sh'
const backup = '/sbin/auto-backup.sh'

/**
 * Section `%firstboot`: it runs before hostd is up, and what asks hostd may hang there. So it only puts files in place
 * and boots again; hostd is asked by local.sh, which runs late, from the next boot on. Secure Boot skips both.
 */
export function firstBoot(settings: CheckedSettings): readonly string[] {
  const { keys, markId = 'install' } = settings
  return [
    '%firstboot --interpreter=busybox',
    ...markFunction(markId),
    // Once only, even if this section should run again: local.sh is kept, so it tells.
    `if ! grep -q '^# nestlab' ${localScript}; then`,
    ...(keys.length > 0 ? authorizedKeys(keys) : []),
    // Replaced, since the one that ESXi brings ends with "exit 0".
    ...fileOf(localScript, secondBoot(settings)),
    `chmod 755 ${localScript}`,
    'mark first-boot',
    // Without it nothing of /etc outlives the boot.
    backup,
    'reboot',
    'fi',
  ]
}

function authorizedKeys(keys: readonly string[]): readonly string[] {
  const file = '/etc/ssh/keys-root/authorized_keys'
  return ['mkdir -p /etc/ssh/keys-root', ...fileOf(file, keys), `chmod 600 ${file}`]
}

/** A here-document in quotes: the shell changes nothing in it. */
function fileOf(path: string, lines: readonly string[]): readonly string[] {
  return [`cat > ${path} <<'NESTLABEND'`, ...lines, 'NESTLABEND']
}

/** local.sh. It waits in the background, so that a boot never waits for it. */
function secondBoot(settings: CheckedSettings): readonly string[] {
  return [
    '#!/bin/sh',
    '# nestlab',
    ...markFunction(settings.markId ?? 'install'),
    'work() {',
    ...hostUp('mark not-ready; exit 1'),
    ...hostName(settings),
    // Only VMkernel NICs made from now on follow it.
    'esxcli system settings advanced set -o /Net/FollowHardwareMac -i 1',
    ...(settings.keys.length > 0 ? sshServer : []),
    ...timeServers(settings),
    ...(settings.datastore ? datastore(settings, settings.datastore) : []),
    // This has been done: the next boot has nothing to do.
    `printf '#!/bin/sh\\n# nestlab: done\\nexit 0\\n' > ${localScript}`,
    backup,
    'mark ready',
    '}',
    'work > /var/log/nestlab.log 2>&1 &',
    'exit 0',
  ]
}

const sshServer = [
  'vim-cmd hostsvc/enable_ssh',
  'vim-cmd hostsvc/start_ssh',
  'esxcli network firewall ruleset set --ruleset-id=sshServer --enabled=true',
]

function timeServers({ release, ntpServers = [] }: CheckedSettings): readonly string[] {
  if (ntpServers.length === 0) return []
  const firewall = 'esxcli network firewall ruleset set --ruleset-id=ntpClient --enabled=true'
  if (isAtLeast(release, { major: 7 })) {
    const servers = ntpServers.map((server) => `--server=${server}`).join(' ')
    return [`esxcli system ntp set ${servers} --enabled=yes`, firewall]
  }
  return [
    ...ntpServers.map((server) => `echo 'server ${server}' >> /etc/ntp.conf`),
    'chkconfig ntpd on',
    '/etc/init.d/ntpd restart',
    firewall,
  ]
}

/** The GUID is the type of VMFS partitions, as partedUtil showGuids names it; 2048 is where they begin. */
function datastore(
  { release }: CheckedSettings,
  { name, disk }: { readonly name: string; readonly disk: string },
): readonly string[] {
  const kind = isAtLeast(release, { major: 6, minor: 5 }) ? 'vmfs6' : 'vmfs5'
  return [
    'device=$(esxcli --formatter=csv --format-param=fields=RuntimeName,Device storage core path list |',
    `awk -F, '$1 == "${disk}" { print $2 }')`,
    'path=/vmfs/devices/disks/$device',
    // A disk that has a partition table is somebody's.
    'if [ -n "$device" ] && partedUtil getptbl "$path" | head -n 1 | grep -q unknown &&',
    'partedUtil mklabel "$path" gpt &&',
    `end=$(partedUtil getUsableSectors "$path" | awk '{ print $2 }') &&`,
    'partedUtil setptbl "$path" gpt "1 2048 $end AA31E02A400F11DB9590000C2911D1B8 0" &&',
    `vmkfstools -C ${kind} -S ${name} "$path:1"; then :; else mark datastore-failed; fi`,
  ]
}
