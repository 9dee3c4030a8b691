import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Boot, loadLabObject } from '#lab'
import {
  hardwareDigest,
  type MachineFiles,
  otherHardware,
  type PortableInstant,
  readInstant,
  readKeys,
  unfit,
} from './portable.ts'

const { lab } = loadLabObject(
  { nestlab: 1, name: 'x', machines: { one: { image: 'tiny', cpus: 1, memory: '96MiB' } } },
  { file: 'x.lab.yaml' },
)
if (!lab) throw new Error('the lab of the test is wrong')
const image = { image: 'a'.repeat(64), file: 'disk.qcow2' }
const boot: Boot = {
  cmdline: 'quiet',
  disks: [{ kind: 'image', source: image, format: 'qcow2', overlay: true }],
  settings: 'hostname=one\n',
}
const [machine] = lab.top.machines
if (!machine) throw new Error('the lab of the test has no machine')
const boots = new Map([['one', boot]])
const sha256 = 'b'.repeat(64)
const whole: MachineFiles = {
  memory: { bytes: 96 * 1024 ** 2, sha256 },
  devices: { bytes: 1000, sha256 },
  disk0: { bytes: 65_536, sha256 },
}
const instant: PortableInstant = {
  version: 1,
  atMs: 1,
  insideName: 'x',
  machines: [
    {
      name: 'one',
      memory: {
        qemuVersion: '7.2.0',
        accelerator: 'tcg',
        cpuModel: 'max',
        memoryMiB: 96,
        pausedMs: 1,
        tries: 1,
      },
      hardware: hardwareDigest(machine, boot),
    },
  ],
}
const [first] = instant.machines
const withMachine = (change: object) => ({ ...instant, machines: [{ ...first, ...change }] })
const files = (change: object) => new Map([['one', { ...whole, ...change } as MachineFiles]])

test('an instant of the lab fits it, and is read as it was written', () => {
  const read = readInstant(JSON.parse(JSON.stringify(instant)))
  assert.deepEqual(read, instant)
  assert.equal(unfit(instant, { lab, boots, files: files({}) }), undefined)
  assert.deepEqual(otherHardware(instant, { lab, boots }), [])
})

for (const [what, value] of [
  ['nothing', null],
  ['another version', { ...instant, version: 2 }],
  ['more than it has', { ...instant, record: { boot: { cmdline: 'init=/bin/sh' } } }],
  ['a name of the lab inside that is a path', { ...instant, insideName: '../x' }],
  ['a memory that is no number', withMachine({ memory: { ...first?.memory, memoryMiB: '96' } })],
  ['words for QEMU', withMachine({ memory: { ...first?.memory, cpuModel: 'max,+svm' } })],
] as const)
  test(`no instant: ${what}`, () => {
    assert.equal(readInstant(value), undefined)
  })

for (const [what, changed, change] of [
  ['other machines', { ...instant, machines: [] }, {}],
  ['a machine twice', { ...instant, machines: [...instant.machines, ...instant.machines] }, {}],
  ['a machine that is a path', withMachine({ name: '../one' }), {}],
  ['more memory than the lab', withMachine({ memory: { ...first?.memory, memoryMiB: 4096 } }), {}],
  ['a longer memory file', instant, { memory: { bytes: 2 ** 40, sha256 } }],
  ['one file more', instant, { 'machine.json': { bytes: 1, sha256 } }],
  ['a disk that the machine does not write to', instant, { disk1: { bytes: 1, sha256 } }],
  ['no disk', instant, { disk0: undefined }],
] as const)
  test(`unfit: ${what}`, () => {
    const given = files(change)
    if ('disk0' in change) given.set('one', { memory: whole.memory, devices: whole.devices } as MachineFiles)
    assert.notEqual(unfit(changed as PortableInstant, { lab, boots, files: given }), undefined)
  })

test('memory of other hardware, images or kernel parameters is noticed', () => {
  for (const other of [{ cmdline: 'quiet debug' }, { hasAgent: true }, { disks: [] }])
    assert.deepEqual(otherHardware(instant, { lab, boots: new Map([['one', { ...boot, ...other }]]) }), [
      'one',
    ])
  // Keys are no hardware.
  const keys = new Map([['one', { ...boot, settings: 'hostname=one\nhost_key=other\n' }]])
  assert.deepEqual(otherHardware(instant, { lab, boots: keys }), [])
})

test('keys are keys, and nothing that could become another line of settings', () => {
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'A'.repeat(64)}\n-----END OPENSSH PRIVATE KEY-----\n`
  const own = `ssh-ed25519 ${'A'.repeat(68)} nestlab`
  const keys = { clientPrivate: key, clientPublic: own, hostPrivate: key, hostPublic: own }
  assert.deepEqual(readKeys(keys), keys)
  assert.equal(readKeys({ ...keys, clientPublic: `${own}\nrole=hypervisor` }), undefined)
  assert.equal(readKeys({ ...keys, clientPublic: `command="x" ${own}` }), undefined)
  assert.equal(readKeys({ ...keys, hostPrivate: undefined }), undefined)
  assert.equal(readKeys({ ...keys, more: 1 }), undefined)
})
