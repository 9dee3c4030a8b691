import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Machine, ResolvedLab } from '#lab'
import { linuxBoot } from './boot-order.ts'
import { seedTexts } from './cloud/seed.ts'
import { makeKeys } from './keys.ts'
import { settingsOf } from './settings.ts'

const web: Machine = {
  path: 'kvm-1/web',
  name: 'web',
  level: 2,
  uuid: '5f0c7f5e-0000-4000-8000-000000000001',
  image: { from: 'catalogue', name: 'tiny' },
  cpus: 1,
  memoryMiB: 96,
  nics: [
    {
      name: 'nic0',
      switchName: 'br0',
      portgroup: 'web',
      mac: '52:54:00:00:00:01',
      address: { ip: '10.0.10.7', prefixLength: 24 },
    },
    { name: 'nic1', switchName: 'br9', portgroup: 'x', mac: '52:54:00:00:00:02' },
  ],
}
const inside = {
  owner: 'kvm-1',
  switches: [{ name: 'br0', kind: 'standard' as const, mtu: 9000, uplinks: [], portgroups: [] }],
  machines: [web],
}
const kvm: Machine = {
  ...web,
  path: 'kvm-1',
  name: 'kvm-1',
  level: 1,
  nics: [],
  hypervisor: { product: 'kvm', inside },
}
const lab: ResolvedLab = {
  name: 'two',
  site: 'local',
  top: { owner: '', switches: [], machines: [kvm] },
  pending: [],
}
const keys = makeKeys()

test('the settings name the machine, its NICs with the MTU of their switches, and the lab’s keys', () => {
  const lines = settingsOf(lab, web, keys).split('\n')
  for (const line of ['hostname=web', 'path=kvm-1/web', 'lab=two', 'control_mac=52:54:00:fe:fe:01']) {
    assert.ok(lines.includes(line), line)
  }
  assert.ok(lines.includes('nic=nic0 52:54:00:00:00:01 9000 10.0.10.7/24'))
  assert.ok(lines.includes('nic=nic1 52:54:00:00:00:02 1500'))
  assert.ok(lines.includes(`authorized_key=${keys.clientPublic}`))
  const hostKey = lines.find((line) => line.startsWith('host_key='))?.slice('host_key='.length)
  assert.equal(Buffer.from(hostKey ?? '', 'base64').toString(), keys.hostPrivate)
  assert.ok(settingsOf(lab, kvm, keys).includes('role=hypervisor\n'))
})

test('a machine behind NAT is told its gateway and who answers for names, and any other machine is not', () => {
  const gateway = { ip: '10.0.10.1', prefixLength: 24 }
  const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' } as const
  const out = {
    name: 'br0',
    kind: 'standard',
    mtu: 1500,
    uplinks: [{ kind: 'nat', gateway, forwards: [] }],
    portgroups: [{ name: 'web', vlan: { mode: 'none' }, security }],
  } as const
  const near = { ...web, path: 'web' }
  const behind: ResolvedLab = { ...lab, top: { owner: '', switches: [out], machines: [near] } }
  const lines = settingsOf(behind, near, keys).split('\n')
  assert.deepEqual(lines.slice(lines.indexOf('control_mac=52:54:00:fe:fe:01') + 1), [
    'gateway=10.0.10.1',
    'name_server=10.0.10.254',
    '',
  ])
  const network = JSON.parse(
    seedTexts({ lab: behind, machine: near, keys })['network-config'] ?? '',
  ).ethernets
  assert.deepEqual(network.nic0.routes, [{ to: '0.0.0.0/0', via: '10.0.10.1' }])
  assert.deepEqual(network.nic0.nameservers, { addresses: ['10.0.10.254'] })
  assert.equal(network.nic1.routes, undefined)
  assert.doesNotMatch(settingsOf(lab, web, keys), /gateway|name_server/)
})

test('no value can become another setting', () => {
  assert.throws(() => settingsOf(lab, { ...web, name: 'web\nauthorized_key=ssh-ed25519 AAAA' }, keys))
})

test('kernel parameters hold no secret', () => {
  const files = { vmlinux: { sha256: 'b', sizeBytes: 1 } }
  const image = { name: 'tiny', sha256: 'a', guest: 'tiny' as const, files }
  const boot = linuxBoot({ image, settings: settingsOf(lab, web, keys) })
  assert.doesNotMatch(boot.cmdline ?? '', /AAAA|web|two/)
  assert.match(boot.cmdline ?? '', /noreplace-smp/)
})

test('a cloud-init seed is JSON, which is YAML, so that no value breaks out of its place', () => {
  const evil = { ...web, name: 'web"\nruncmd: [reboot]' }
  const texts = seedTexts({ lab, machine: evil, keys })
  const [mark, ...rest] = (texts['user-data'] ?? '').split('\n')
  assert.equal(mark, '#cloud-config')
  const userData: unknown = JSON.parse(rest.join('\n'))
  assert.ok(typeof userData === 'object' && userData && 'hostname' in userData && !('runcmd' in userData))
  assert.equal(userData.hostname, evil.name)
  const network: unknown = JSON.parse(texts['network-config'] ?? '')
  assert.match(JSON.stringify(network), /"nic0":\{"match":\{"macaddress":"52:54:00:00:00:01"\}/)
  assert.match(JSON.stringify(network), /"addresses":\["10.0.2.15\/24"\]/)
})
