/** What makes copies of an ESXi host into hosts of their own: a script for the template, and one for each copy. */
import { fail } from './errors.ts'
import { hostName, hostUp } from './host-commands.ts'
import { Checks, checkNetwork, isHostName, type ManagementNetwork, netmaskOf } from './values.ts'
import { type EsxiVersion, isAtLeast, readEsxiVersion, versionText } from './version.ts'

export interface CloneIdentity {
  readonly hostname: string
  readonly network: ManagementNetwork
}

const saved = '/sbin/auto-backup.sh'
const config = '/etc/vmware/esx.conf'

/** Where the steps come from; the same words stand in docs/esxi-guests.md. */
const sources = {
  kb: 'VMware KB 1031111, and William Lam, "How to properly clone a nested ESXi VM" (2013)',
  pinned:
    'seen by others on 8.0.3: the flag counts only when a VMkernel NIC is made; a boot restores the old MAC',
  lines:
    'said of releases up to 7; from 7.0 on the configuration moves into a database, so on 8 this may change nothing',
}

/**
 * Run as root in the template, as the last thing before it is copied; it switches the template off. Fails with
 * `esxi-settings-refused`.
 */
export function templateScript(version: string): string {
  const release = checkVersion(version)
  return script([
    `# Nestlab: makes this ESXi ${versionText(release)} a template, and switches it off.`,
    'set -e',
    `# ${sources.kb}`,
    'esxcli system settings advanced set -o /Net/FollowHardwareMac -i 1',
    '# A copy without one makes itself a UUID.',
    `sed -i '/^\\/system\\/uuid = /d' ${config}`,
    ...(isAtLeast(release, { major: 7 }) ? macLines(release) : []),
    '# Without this, nothing of it outlives the switching off.',
    saved,
    'poweroff',
  ])
}

function macLines(release: EsxiVersion): readonly string[] {
  const doubt = isAtLeast(release, { major: 8 }) ? [`# Doubtful: ${sources.lines}.`] : []
  return [
    ...doubt,
    '# Else the copy keeps the MACs of the template.',
    `sed -i '/^\\/net\\/vmkernelnic\\/child\\[[0-9]*\\]\\/mac = /d' ${config}`,
    `sed -i '/^\\/net\\/pnic\\/child\\[[0-9]*\\]\\/mac = /d' ${config}`,
  ]
}

/**
 * Run as root in a copy after its first boot, on its console or from local.sh: the network may be gone for a moment,
 * and with it a connection. Running it again does no harm. Fails with `esxi-settings-refused`.
 */
export function cloneScript(version: string, identity: CloneIdentity): string {
  const release = checkVersion(version)
  checkIdentity(identity)
  return script([
    `# Nestlab: makes this copy of an ESXi ${versionText(release)} a host of its own.`,
    ...hostUp('exit 1'),
    ...ownMac(identity.network),
    ...hostName(identity),
    ...ownAddress(identity.network),
    ...ownDatastores,
    '# Else all copies show the certificate of the template.',
    '/sbin/generate-certificates',
    saved,
    '/etc/init.d/hostd restart',
  ])
}

/** Made anew where it does not have the MAC of the machine's first NIC. */
function ownMac({ vlan }: ManagementNetwork): readonly string[] {
  const group = '"Management Network"'
  return [
    `# The first VMkernel NIC keeps the MAC of the template (${sources.pinned}).`,
    '# Making it anew is what those advise who saw it; nobody has shown yet that it is enough. The lease tells.',
    'have=$(esxcli --formatter=csv --format-param=fields=Name,MACAddress network ip interface list | awk -F, \'$1 == "vmk0" { print tolower($2) }\')',
    'want=$(esxcli --formatter=csv --format-param=fields=Name,MACAddress network nic list | awk -F, \'$1 == "vmnic0" { print tolower($2) }\')',
    'if [ -n "$want" ] && [ "$have" != "$want" ]; then',
    'esxcli network ip interface remove --interface-name=vmk0',
    `esxcli network ip interface add --interface-name=vmk0 --portgroup-name=${group} --mac-address="$want"`,
    'esxcli network ip interface tag add --interface-name=vmk0 --tagname=Management || true',
    'fi',
    `esxcli network vswitch standard portgroup set --portgroup-name=${group} --vlan-id=${vlan ?? 0}`,
  ]
}

function ownAddress(network: ManagementNetwork): readonly string[] {
  const set = 'esxcli network ip interface ipv4 set --interface-name=vmk0'
  if (network.mode === 'dhcp') return [`${set} --type=dhcp`]
  const { ip, prefixLength, gateway, nameServers = [] } = network
  return [
    `${set} --type=static --ipv4=${ip} --netmask=${netmaskOf(prefixLength)}`,
    ...(gateway === undefined ? [] : [`esxcfg-route ${gateway}`]),
    ...(nameServers.length === 0 ? [] : ['esxcli network ip dns server remove --all || true']),
    ...nameServers.map((server) => `esxcli network ip dns server add --server=${server}`),
  ]
}

/**
 * A copied VMFS has the signature of the template. ESXi calls it a snapshot where its device has another name, and
 * does not mount it; where the name is the same (mpx.vmhba…) it mounts it as it is, which is well while no other host
 * sees the disk.
 */
const ownDatastores = [
  '# Copied datastores keep one signature until they get another one (vSphere 7.0 Storage, "Managing Duplicate VMFS Datastores").',
  "for volume in $(esxcli storage vmfs snapshot list | awk '/VMFS UUID:/ { print $3 }'); do",
  'esxcli storage vmfs snapshot resignature --volume-uuid="$volume"',
  'done',
]

function script(lines: readonly string[]): string {
  return `${['#!/bin/sh', ...lines].join('\n')}\n`
}

function checkVersion(version: string): EsxiVersion {
  const release = readEsxiVersion(version)
  if (release) return release
  const checks = new Checks()
  checks.holds(false, 'The version is not one of ESXi from 5.5 to 9', version)
  throw fail('esxi-settings-refused', { problems: checks.problems })
}

function checkIdentity({ hostname, network }: CloneIdentity): void {
  const checks = new Checks()
  checks.holds(isHostName(hostname), 'The host name is not one', hostname)
  checkNetwork(network, checks)
  if (checks.problems.length > 0) throw fail('esxi-settings-refused', { problems: checks.problems })
}
