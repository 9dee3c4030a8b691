/** The scripts for ESXi, run by a real shell with the programs of ESXi replaced: what they would do, in which order. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cloneScript, type KickstartSettings, kickstartOf, progressMark, templateScript } from '#guests'
import { ecdsaKey, fullSettings, plainSettings, rsaKey } from '../../src/guests/esxi/settings.fixture.ts'
import { type Answer, EsxiShell, sectionOf } from './esxi-shell.ts'

const versions = ['5.5', '6.7U3', '7.0U3', '8.0U3', '9.0']
const sharedIdentity = { hostname: 'esxi-2', network: plainSettings.network }
const stock = '#!/bin/sh\n# local configuration options\nexit 0\n'
const twoDisks: Answer = {
  call: 'esxcli --formatter=csv --format-param=fields=RuntimeName,Device storage core path list',
  says: 'RuntimeName,Device,\nvmhba0:C0:T0:L0,naa.6000c290,\nvmhba0:C0:T1:L0,naa.6000c291,\n',
}
const emptyDisk: readonly Answer[] = [
  twoDisks,
  { call: 'partedUtil getptbl', says: 'unknown\n2610 255 63 41943040\n' },
  { call: 'partedUtil getUsableSectors', says: '34 41943006\n' },
]

/** What happens on the first and on the second boot. */
async function boots(settings: KickstartSettings, answers: readonly Answer[] = []) {
  using shell = new EsxiShell(answers)
  shell.write('/etc/rc.local.d/local.sh', stock)
  const section = sectionOf(kickstartOf(settings), 'firstboot')
  const first = await shell.run(section)
  assert.deepEqual(first, { code: 0, stderr: '' })
  const firstCalls = shell.calls()
  const keys = settings.sshKeys ? shell.read('/etc/ssh/keys-root/authorized_keys') : ''
  const local = shell.read('/etc/rc.local.d/local.sh')
  assert.ok(statSync(join(shell.root, 'etc/rc.local.d/local.sh')).mode & 0o100, 'local.sh can be run')
  shell.write('/calls', '')
  const second = await shell.run(local)
  assert.deepEqual(second, { code: 0, stderr: '' })
  const secondCalls = shell.calls()
  shell.write('/calls', '')
  await shell.run(shell.read('/etc/rc.local.d/local.sh'))
  await shell.run(section)
  return { firstCalls, keys, secondCalls, laterCalls: shell.calls(), log: shell.read('/var/log/nestlab.log') }
}

test('all scripts are ones that busybox, the shell of ESXi, can read', () => {
  for (const version of versions) {
    const modern = {
      ...fullSettings,
      version,
      oldProcessor: !version.startsWith('5') && !version.startsWith('6'),
    }
    const kickstart = kickstartOf(modern)
    const texts = [
      ...[sectionOf(kickstart, 'post'), sectionOf(kickstart, 'firstboot')],
      ...[templateScript(version), cloneScript(version, sharedIdentity)],
    ]
    for (const input of texts) execFileSync('busybox', ['sh', '-n'], { input })
  }
})

test('the installer says that it is done, and the mark is the one that is looked for', async () => {
  using shell = new EsxiShell()
  await shell.run(sectionOf(kickstartOf({ ...fullSettings, afterInstall: 'power-off' }), 'post'))
  assert.deepEqual(shell.calls(), [
    `vsish -e set /system/log ${progressMark('lab-esxi-1', 'installed')}`,
    'sleep 2',
    'poweroff -f',
  ])
})

test('the first boot asks hostd nothing: it lays down keys and local.sh, keeps them, and boots again', async () => {
  const { firstCalls, keys } = await boots(fullSettings, emptyDisk)
  assert.deepEqual(
    firstCalls.map((call) => call.trim()),
    [
      `vsish -e set /system/log ${progressMark('lab-esxi-1', 'first-boot')}`,
      '/sbin/auto-backup.sh',
      'reboot',
    ],
  )
  assert.equal(keys, `${ecdsaKey}\n${rsaKey}\n`)
})

test('the second boot does what needs hostd, keeps it, says so, and later boots do nothing', async () => {
  const { secondCalls, laterCalls, log } = await boots(fullSettings, emptyDisk)
  const path = '/vmfs/devices/disks/naa.6000c291'
  const calls = secondCalls.map((call) => call.trim().replaceAll(/\/\S*(?=\/vmfs\/)/g, ''))
  assert.deepEqual(calls, [
    'vim-cmd hostsvc/hostsummary',
    'esxcli system hostname set --fqdn=esxi-1.lab.test',
    'esxcli system settings advanced set -o /Net/FollowHardwareMac -i 1',
    'vim-cmd hostsvc/enable_ssh',
    'vim-cmd hostsvc/start_ssh',
    'esxcli network firewall ruleset set --ruleset-id=sshServer --enabled=true',
    'esxcli system ntp set --server=10.0.10.2 --server=time.lab.test --enabled=yes',
    'esxcli network firewall ruleset set --ruleset-id=ntpClient --enabled=true',
    twoDisks.call,
    `partedUtil getptbl ${path}`,
    `partedUtil mklabel ${path} gpt`,
    `partedUtil getUsableSectors ${path}`,
    `partedUtil setptbl ${path} gpt 1 2048 41943006 AA31E02A400F11DB9590000C2911D1B8 0`,
    `vmkfstools -C vmfs6 -S local-1 ${path}:1`,
    '/sbin/auto-backup.sh',
    `vsish -e set /system/log ${progressMark('lab-esxi-1', 'ready')}`,
  ])
  assert.deepEqual(laterCalls, [])
  assert.equal(log, '')
})

test('a disk that has partitions is left alone, as is one that is not there, and the log says so', async () => {
  const taken = [twoDisks, { call: 'partedUtil getptbl', says: 'gpt\n2610 255 63 41943040\n1 2048 4096\n' }]
  for (const answers of [taken, []]) {
    const { secondCalls } = await boots(fullSettings, answers)
    const mark = progressMark('lab-esxi-1', 'datastore-failed')
    assert.ok(secondCalls.some((call) => call.endsWith(mark)))
    assert.ok(!secondCalls.some((call) => /mklabel|setptbl|vmkfstools/.test(call)))
  }
})

test('when hostd never answers, local.sh says so, changes nothing and tries again at the next boot', async () => {
  const { secondCalls, laterCalls } = await boots(plainSettings, [
    { call: 'vim-cmd hostsvc/hostsummary', fails: true },
  ])
  assert.equal(secondCalls.at(-1), `vsish -e set /system/log ${progressMark('install', 'not-ready')}`)
  assert.equal(secondCalls.filter((call) => call === 'sleep 5').length, 119)
  assert.ok(!secondCalls.some((call) => call.startsWith('esxcli')))
  assert.ok(laterCalls.some((call) => call.startsWith('vim-cmd')))
})

test('before 7.0 time servers are set in files and services, and before 6.5 datastores are VMFS 5', async () => {
  const old: KickstartSettings = { ...fullSettings, version: '6.0', oldProcessor: false }
  const { secondCalls } = await boots(old, emptyDisk)
  const calls = secondCalls.map((call) => call.trim())
  assert.ok(calls.includes('chkconfig ntpd on'))
  assert.ok(calls.includes('/etc/init.d/ntpd restart'))
  assert.ok(calls.some((call) => call.startsWith('vmkfstools -C vmfs5 ')))
  assert.ok(!calls.some((call) => call.startsWith('esxcli system ntp')))
})

const configuration = `/system/uuid = "5f1e0c2a-0000-0000-0000-005056000001"
/net/pnic/child[0000]/name = "vmnic0"
/net/pnic/child[0000]/mac = "00:50:56:00:00:01"
/net/vmkernelnic/child[0000]/dhcp = "true"
/net/vmkernelnic/child[0000]/mac = "00:50:56:00:00:01"
/net/vmkernelnic/child[0012]/mac = "00:50:56:00:00:0c"
/adv/Misc/HostName = "template"
`

async function afterTemplate(version: string) {
  using shell = new EsxiShell()
  shell.write('/etc/vmware/esx.conf', configuration)
  assert.equal((await shell.run(templateScript(version))).code, 0)
  const calls = shell.calls().map((call) => call.trim())
  return { calls, lines: shell.read('/etc/vmware/esx.conf').split('\n') }
}

test('a template forgets its UUID, from 7.0 on its MACs too, keeps the rest, and is saved before it goes off', async () => {
  const old = await afterTemplate('6.7U3')
  assert.deepEqual(old.lines, configuration.split('\n').slice(1))
  for (const version of ['7.0U3', '8.0U3', '9.0']) {
    const { lines, calls } = await afterTemplate(version)
    assert.deepEqual(
      lines,
      configuration.split('\n').filter((line) => !/uuid|\/mac = /.test(line)),
    )
    assert.deepEqual(calls, [
      'esxcli system settings advanced set -o /Net/FollowHardwareMac -i 1',
      '/sbin/auto-backup.sh',
      'poweroff',
    ])
  }
})

const field = 'esxcli --formatter=csv --format-param=fields=Name,MACAddress network'
const clone = { hostname: 'esxi-2.lab.test', network: plainSettings.network }

async function afterClone(macs: { readonly vmk: string; readonly nic: string }, script: string) {
  const snapshots = 'volume-a\n   Volume Name: local-1\n   VMFS UUID: 65a58a71-c5ac3323-6306-d4ae52c1e78d\n'
  using shell = new EsxiShell([
    { call: `${field} ip interface list`, says: `Name,MACAddress,\nvmk0,${macs.vmk},\n` },
    { call: `${field} nic list`, says: `Name,MACAddress,\nvmnic0,${macs.nic},\nvmnic1,00:50:56:00:00:99,\n` },
    { call: 'esxcli storage vmfs snapshot list', says: snapshots },
  ])
  const { code, stderr } = await shell.run(script)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  return shell.calls().map((call) => call.trim())
}

test('a copy takes the MAC of its machine, its own name, address, datastores and certificate', async () => {
  const script = cloneScript('8.0U3', clone)
  const calls = await afterClone({ vmk: '00:50:56:00:00:01', nic: '00:50:56:00:00:02' }, script)
  assert.deepEqual(
    calls.filter((call) => !call.startsWith(field)),
    [
      'vim-cmd hostsvc/hostsummary',
      'esxcli network ip interface remove --interface-name=vmk0',
      'esxcli network ip interface add --interface-name=vmk0 --portgroup-name=Management Network --mac-address=00:50:56:00:00:02',
      'esxcli network ip interface tag add --interface-name=vmk0 --tagname=Management',
      'esxcli network vswitch standard portgroup set --portgroup-name=Management Network --vlan-id=10',
      'esxcli system hostname set --fqdn=esxi-2.lab.test',
      'esxcli network ip interface ipv4 set --interface-name=vmk0 --type=static --ipv4=10.0.10.11 --netmask=255.255.255.0',
      'esxcfg-route 10.0.10.1',
      'esxcli network ip dns server remove --all',
      'esxcli network ip dns server add --server=10.0.10.2',
      'esxcli network ip dns server add --server=10.0.10.3',
      'esxcli storage vmfs snapshot list',
      'esxcli storage vmfs snapshot resignature --volume-uuid=65a58a71-c5ac3323-6306-d4ae52c1e78d',
      '/sbin/generate-certificates',
      '/sbin/auto-backup.sh',
      '/etc/init.d/hostd restart',
    ],
  )
})

test('a VMkernel NIC that has the right MAC is not touched, whatever the case of its digits', async () => {
  const script = cloneScript('7.0U3', { hostname: 'esxi-2', network: { mode: 'dhcp' } })
  const calls = await afterClone({ vmk: '00:50:56:AA:00:02', nic: '00:50:56:aa:00:02' }, script)
  assert.ok(!calls.some((call) => /interface (?:remove|add|tag)/.test(call)))
  assert.ok(calls.includes('esxcli network ip interface ipv4 set --interface-name=vmk0 --type=dhcp'))
})

test('a name or an address that a shell would take for more is refused', () => {
  for (const poison of ['\n', ' ', ';', '$(reboot)', '`', "'", '"', '&', '|', '>', '\0'])
    for (const change of [
      { hostname: `esxi${poison}` },
      { network: { ...clone.network, ip: `10.0.10.11${poison}` } as typeof clone.network },
    ])
      assert.throws(() => cloneScript('8.0', { ...clone, ...change }), { code: 'esxi-settings-refused' })
  assert.throws(() => templateScript('8.0; reboot'), { code: 'esxi-settings-refused' })
})
