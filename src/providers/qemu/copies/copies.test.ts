import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { openLocalHost } from '#host'
import type { Boot, Machine } from '#lab'
import { frozenMachinePaths, levelPaths, machinePaths } from '#store'
import { recordOf } from '../record.ts'
import { prepareLayers, switchDisks, writtenDisks } from './disk-layers.ts'
import { frozenFolderOf, heldLine, parseHeld } from './held.ts'
import { restoredOrder } from './restored-order.ts'
import { hflagsOf } from './safe-instant.ts'
import { digHoles, sealFiles } from './seal-files.ts'

const run = promisify(execFile)
const signal = new AbortController().signal

const machine: Machine = {
  path: 'web',
  name: 'web',
  level: 1,
  uuid: '6ba7b810-9dad-51d1-80b4-00c04fd430c8',
  image: { from: 'catalogue', name: 'tiny' },
  cpus: 1,
  memoryMiB: 96,
  nics: [],
}
const source = { image: 'ab'.repeat(32), file: 'disk.qcow2' }
const boot = (seed: string, settings = 'hostname=web\n'): Boot => ({
  kernel: { image: 'cd'.repeat(32), file: 'vmlinux' },
  cmdline: 'quiet',
  disks: [
    { kind: 'image', source, format: 'qcow2', overlay: true },
    { kind: 'made', content: Buffer.from(seed), serial: 'seed' },
    { kind: 'image', source, format: 'raw', overlay: false },
  ],
  settings,
})

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nestlab-copies '"))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A state of devices as `xen-save-devices-state` writes it, as far as CPUs go: section header, name, then registers. */
function stateOf(...flags: readonly number[]): Buffer {
  const parts = flags.map((one) => {
    const registers = Buffer.alloc(18 * 8 + 4 + 40)
    registers.writeUInt32BE(one, 18 * 8)
    return Buffer.concat([Buffer.from('\u0004\0\0\0\u0007\u0003cpu', 'latin1'), Buffer.alloc(8), registers])
  })
  return Buffer.concat([Buffer.from('QEVM\0\0\0\u0003timer'), ...parts])
}

test('the flags of each CPU are found in a state of devices', () => {
  assert.deepEqual(hflagsOf(stateOf(0x00c2b3, 0x20c2b3)), [0x00c2b3, 0x20c2b3])
  assert.deepEqual(hflagsOf(Buffer.from('no state at all')), [])
  assert.deepEqual(hflagsOf(stateOf(1).subarray(0, 60)), [], 'a state that was cut off has no flags to read')
})

test('in what a real QEMU writes there are as many flags as CPUs, and a machine that has not begun is in no guest', async (t) => {
  const folder = await folderFor(t)
  const file = join(folder, 'state')
  const line = ['-accel', 'tcg', '-machine', 'pc', '-smp', '3', '-m', '16', '-S', '-display', 'none']
  const talk = [
    '{"execute":"qmp_capabilities"}',
    `{"execute":"xen-save-devices-state","arguments":{"filename":${JSON.stringify(file)},"live":false}}`,
    '{"execute":"quit"}',
  ]
  const child = run('qemu-system-x86_64', [...line, '-nodefaults', '-qmp', 'stdio'])
  child.child.stdin?.end(`${talk.join('\n')}\n`)
  await child
  const flags = hflagsOf(await readFile(file))
  assert.equal(flags.length, 3)
  for (const one of flags) assert.equal(one & (1 << 21), 0)
})

test('a restored machine gets the files of the frozen one, and secrets of its own', () => {
  const frozen = {
    folder: '/frozen/web',
    machine: {
      name: 'web',
      digest: 'd',
      disks: [0],
      files: {},
      record: recordOf({ machine, boot: boot('old seed', 'secret=old\n'), digest: 'd' }),
    },
  }
  const now: Boot = { ...boot('new seed', 'secret=new\n'), cmdline: 'another kernel line' }
  const order = restoredOrder({ machine, boot: now, digest: 'd', frozen })
  assert.equal(order.boot.cmdline, 'quiet')
  assert.equal(order.boot.settings, 'secret=new\n')
  const [, made] = order.boot.disks
  assert.ok(made?.kind === 'made')
  assert.equal(Buffer.from(made.content).toString(), 'new seed')
  assert.deepEqual(order.boot.disks[2], boot('').disks[2])
})

test('an order that begins nowhere stays as it is, and a frozen record that is none is refused', () => {
  const order = { machine, boot: boot(''), digest: 'd' }
  assert.equal(restoredOrder(order), order)
  const frozen = {
    folder: '/f',
    machine: { name: 'web', digest: 'd', disks: [], files: {}, record: { version: 2 } },
  }
  assert.throws(() => restoredOrder({ ...order, frozen }), { code: 'frozen-missing' })
})

test('a note on a machine that stands still says where its memory comes from; anything else is no note', () => {
  assert.deepEqual(parseHeld(heldLine({ from: '/frozen/1/web' })), { from: '/frozen/1/web' })
  assert.deepEqual(parseHeld(heldLine({})), {})
  assert.equal(parseHeld('{"from":"/frozen'), undefined)
  assert.equal(parseHeld(''), undefined)
  assert.deepEqual(parseHeld('{"from":7}'), {})
})

test('a machine cannot be frozen outside its folder', () => {
  assert.equal(frozenFolderOf('/frozen/1', 'web'), '/frozen/1/web')
  for (const name of ['../web', '', '.', 'a/b']) {
    assert.throws(() => frozenFolderOf('/frozen/1', name), { code: 'name-unsafe' }, name)
  }
})

test('a disk becomes a layer with an empty disk on it, which takes its place', async (t) => {
  const home = await folderFor(t)
  const host = openLocalHost()
  const paths = machinePaths(levelPaths({ state: home, run: join(home, 'run') }, 'demo'), 'web')
  const folder = join(home, 'frozen', 'web')
  await mkdir(paths.state, { recursive: true })
  await mkdir(folder, { recursive: true })
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', paths.disk(0), '5M'])
  await writeFile(paths.nextDisk(0), 'left by a killed command')
  const record = recordOf({ machine, boot: boot(''), digest: 'd' })
  assert.deepEqual(writtenDisks(record), [0])
  const before = await readFile(paths.disk(0))

  await prepareLayers(host, { record, machine: paths, folder }, signal)
  const layer = frozenMachinePaths(folder).disk(0)
  assert.deepEqual(await readFile(layer), before)
  assert.deepEqual(await readFile(paths.disk(0)), before, 'until the switch the machine has the old disk')
  await prepareLayers(host, { record, machine: paths, folder }, signal)
  await switchDisks(record, paths)

  const { stdout } = await run('qemu-img', ['info', '--output=json', paths.disk(0)])
  const info = JSON.parse(stdout) as Readonly<Record<string, unknown>>
  assert.equal(info['backing-filename'], layer)
  assert.equal(info['virtual-size'], 5 * 1024 ** 2)
  await assert.rejects(access(paths.nextDisk(0)))
})

test('kept files are sealed by what is in them, and zeros in them take no room', async (t) => {
  const folder = await folderFor(t)
  const file = join(folder, 'memory')
  await writeFile(file, Buffer.concat([Buffer.alloc(1024 ** 2), Buffer.from('end')]))
  await digHoles(file)
  const { stdout } = await run('du', ['-k', '--', file])
  assert.ok(Number.parseInt(stdout, 10) < 100, `${file} takes ${stdout} KiB`)
  const { memory } = await sealFiles(folder)
  assert.equal(memory?.bytes, 1024 ** 2 + 3)
  const sum = (await run('sha256sum', [file])).stdout
  assert.ok(memory && sum.includes(memory.sha256))
})
