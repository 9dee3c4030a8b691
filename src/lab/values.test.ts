import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatIp, readAddress } from './address.ts'
import { macOf, pickOf, uuidOf } from './identity.ts'
import { readImageFile, readImageUrl } from './image-reference.ts'
import { loadLab } from './load.ts'
import { readMac } from './mac.ts'
import { machineNames, readName, switchNames } from './names.ts'
import { nearest } from './near.ts'
import { accepted } from './problem.ts'
import { formatMiB, readMemory } from './sizes.ts'
import { formatVlan, readVlan } from './vlan.ts'

test('sizes are whole MiB and are written back the short way', () => {
  const sizes = ['512MiB', '1GiB', '1.5GiB', '2048 MiB', '0.5GiB', '16384KiB', '1TiB', '1000MiB']
  const read = sizes.map((size) => accepted(readMemory(size)))
  assert.deepEqual(read, [512, 1024, 1536, 2048, 512, 16, 1024 * 1024, 1000])
  assert.deepEqual(
    read.map((size) => formatMiB(size ?? 0)),
    ['512MiB', '1GiB', '1.5GiB', '2GiB', '512MiB', '16MiB', '1TiB', '1000MiB'],
  )
})

test('VLANs are none, one, every one, or ranges, and are written back as they were', () => {
  const read = (vlan: number | string) => accepted(readVlan(vlan))
  assert.deepEqual(read(0), { mode: 'none' })
  assert.deepEqual(read('10'), { mode: 'access', id: 10 })
  assert.deepEqual(read(4094), { mode: 'access', id: 4094 })
  assert.deepEqual(read('all'), { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] })
  assert.deepEqual(read(4095), read('all'))
  assert.deepEqual(read('0, 10-20,30'), {
    mode: 'trunk',
    ranges: [
      { from: 0, to: 0 },
      { from: 10, to: 20 },
      { from: 30, to: 30 },
    ],
  })
  for (const vlan of [0, 7, 4095, '10-20,30', '1-2']) {
    const policy = read(vlan)
    assert.equal(policy && formatVlan(policy), vlan)
  }
})

test('a list with a single VLAN stays a trunk when it is written back', () => {
  const policy = { mode: 'trunk', ranges: [{ from: 5, to: 5 }] } as const
  assert.deepEqual(accepted(readVlan(formatVlan(policy))), policy)
})

test('an address is one of its network or the network itself', () => {
  const network = 10 * 2 ** 24 + 10 * 2 ** 8
  assert.deepEqual(accepted(readAddress('10.0.10.0/24')), { network, prefixLength: 24 })
  assert.deepEqual(accepted(readAddress('10.0.10.5/24')), { network, prefixLength: 24, ip: network + 5 })
  assert.equal(formatIp(network + 5), '10.0.10.5')
  assert.equal(formatIp(accepted(readAddress('192.168.255.0/24'))?.network ?? 0), '192.168.255.0')
})

test('a MAC is written with colons or hyphens in any case', () => {
  assert.equal(accepted(readMac('02-AB-cd-00-00-01')), '02:ab:cd:00:00:01')
})

test('names may use all of their length and no more', () => {
  assert.ok(readName(machineNames, 'a'.repeat(30)).ok)
  assert.ok(!readName(machineNames, 'a'.repeat(31)).ok)
  assert.ok(readName(switchNames, 'vSwitch0').ok)
  assert.ok(!readName(switchNames, 'a\n').ok)
})

test('images come from below the lab file, over HTTPS, or over HTTP from this machine', () => {
  assert.equal(accepted(readImageFile('./images/Prüfung 1.qcow2')), 'images/Prüfung 1.qcow2')
  for (const file of ['..', 'a/..', '.', 'C:\\x', '\\\\host\\x', 'a\nb', 'a\u202eb', '$HOME/x', '~root/x']) {
    assert.ok(!readImageFile(file).ok, file)
  }
  for (const url of [
    'https://example.org/a?b=c',
    'http://127.0.0.1:8080/x',
    'http://localhost/x',
    'http://[::1]/x',
  ]) {
    assert.equal(accepted(readImageUrl(url)), url)
  }
  for (const url of [
    'http://127.0.0.1.example.org/x',
    'http://10.0.0.1/x',
    'ftp://x/y',
    'https://a b/',
    'https:///',
  ]) {
    assert.ok(!readImageUrl(url).ok, url)
  }
})

test('what is derived from names never changes between versions', () => {
  assert.equal(macOf('lab', 'kvm-1/web', 'nic0', 0), '02:e4:70:46:75:1c')
  assert.equal(macOf('lab', 'kvm-1/web', 'nic0', 1), '02:23:61:95:aa:de')
  assert.equal(uuidOf('lab', 'kvm-1/web'), 'a77a735b-f52d-8141-b05f-cfb790970a9e')
  assert.equal(pickOf(253, 'lab', 'kvm-1/web', 'nic0'), 189)
})

test('derived MACs are unicast, locally administered and not those of Docker', () => {
  for (let index = 0; index < 3000; index++) {
    assert.match(macOf('lab', `m-${index}`, 'nic0', 0), /^02:(?!42)([0-9a-f]{2}:){4}[0-9a-f]{2}$/)
  }
})

test('the nearest word is found through a slip, and a strange word has none', () => {
  const words = ['memory', 'cpus', 'image', 'nics', 'portgroup']
  assert.equal(nearest('memroy', words), 'memory')
  assert.equal(nearest('Image', words), 'image')
  assert.equal(nearest('portgrp', words), 'portgroup')
  assert.equal(nearest('colour', words), undefined)
  assert.equal(nearest('x'.repeat(10_000), words), undefined)
})

test('an update of a release is known by its release', () => {
  const text = (version: string) =>
    `nestlab: 1\nname: a\nmachines: { e: { hypervisor: { product: esxi, version: "${version}" } } }`
  for (const version of ['8.0', '8.0U2', '8.0 U3', '8.0.1', '8.0u1c']) {
    const { lab, problems } = loadLab(text(version), { file: 'a.lab.yaml' })
    assert.deepEqual(problems, [], version)
    assert.deepEqual(lab?.top.machines[0]?.image, { from: 'catalogue', name: 'esxi-8.0' })
    assert.equal(lab.top.machines[0]?.hypervisor?.version, version)
  }
  for (const version of ['8.01', '80', '8.0 beta', '4.1']) {
    assert.equal(loadLab(text(version), { file: 'a.lab.yaml' }).problems.length, 1, version)
  }
})
