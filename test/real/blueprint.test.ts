/** A running lab, packed here and started in another home: it goes on, and the keys it came with open nothing. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { unpackBlueprint } from '#blueprints'
import { loadLabKeys, rootsFrom, sitePaths } from '#store'
import { isThorough } from '../sample.ts'
import { home, labFile, leftovers, succeed } from './command.ts'
import './alone.ts'

const program = fileURLToPath(new URL('../../bin/nestlab', import.meta.url))
const name = 'test-blueprint'
/** With a machine inside a hypervisor when every case is asked for: that takes minutes under emulation. */
const isNested = isThorough
const web = '{ image: tiny, cpus: 1, memory: 96MiB, nics: [{ portgroup: web, address: 10.0.10.0/24 }] }'
const inside = `hypervisor:
      product: kvm
      switches: { br0: { portgroups: { web: {} } } }
      machines: { web: ${web} }`
const text = `nestlab: 1
name: ${name}
switches: { s: { portgroups: { m: {} } } }
machines:
  node:
    image: ${isNested ? 'kvm-node' : 'tiny'}
    cpus: 1
    memory: ${isNested ? 320 : 96}MiB
    nics: [{ portgroup: m, address: 10.0.0.0/24 }]
    ${isNested ? inside : ''}
`

const paths = isNested ? ['node', 'node/web'] : ['node']

/** In a home of its own, with the images that are built for all real tests. */
async function elsewhere(folder: string) {
  const own = join(folder, 'home')
  const images = (where: string) => sitePaths(rootsFrom({ NESTLAB_HOME: where })).images
  await mkdir(join(images(own), '..'), { recursive: true })
  await cp(images(home), images(own), { recursive: true })
  const env = { ...process.env, NESTLAB_HOME: own, NO_COLOR: '1' }
  const run = async (...args: readonly string[]) =>
    (await promisify(execFile)(program, args, { cwd: folder, env, maxBuffer: 2 ** 26 })).stdout
  return { run, roots: rootsFrom({ NESTLAB_HOME: own }) }
}

/** The parts of private keys that stand in no other key. */
function secretsOf(keys: Readonly<Record<string, string>>): readonly Buffer[] {
  return [keys.clientPrivate, keys.hostPrivate].flatMap((key = '') => {
    const bytes = Buffer.from(key.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
    // The private section ends with a comment and padding; before it stand seed and public key (PROTOCOL.key).
    const at = bytes.lastIndexOf(Buffer.from([0, 0, 0, 64])) + 4
    return [bytes.subarray(at, at + 32), Buffer.from(key.split('\n')[3] ?? key)]
  })
}

test('a running lab goes on elsewhere, with keys of its own', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-blueprint-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await using lab = await labFile(name, text)
  // The lab itself is up meanwhile: none of its keys may go along.
  await succeed(['up', '-f', lab.file])
  const file = join(folder, 'lab.nestlab')
  await succeed(['blueprint', 'pack', '-f', lab.file, '--running', '-o', file])
  const own = await loadLabKeys(rootsFrom({ NESTLAB_HOME: home }), name)
  assert.ok(own)
  const open = join(folder, 'open')
  await unpackBlueprint(file, open, { maxBytes: 2 ** 40 })
  const all = (await readdir(open, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
  for (const one of all) {
    const content = await readFile(join(one.parentPath, one.name))
    for (const secret of secretsOf(own)) assert.equal(content.indexOf(secret), -1, one.name)
  }
  const there = await elsewhere(folder)
  t.after(() => there.run('down', '--lab', name).catch(() => undefined))
  await there.run('blueprint', 'unpack', file, '--running')
  const up = await there.run('up', '-f', `${name}/lab.yaml`, '--json')
  assert.doesNotMatch(up, /cannot be used/)
  for (const path of paths)
    assert.match(
      await there.run('exec', '--lab', name, path, '--', 'hostname'),
      new RegExp(path.split('/').at(-1) ?? ''),
    )
  // It did not boot: it has been up for longer than there is a lab here.
  const handOver = JSON.parse(await readFile(join(open, 'running/hand-over-keys.json'), 'utf8'))
  const fresh = await loadLabKeys(there.roots, name)
  assert.ok(fresh)
  assert.notEqual(fresh.clientPublic, handOver.clientPublic)
  for (const path of paths) {
    const keys = await there.run('exec', '--lab', name, path, '--', 'cat', '/root/.ssh/authorized_keys')
    assert.equal(keys.trim(), fresh.clientPublic.trim())
  }
  await there.run('down', '--lab', name)
  await succeed(['down', '--lab', name])
  assert.deepEqual(await leftovers(name), [])
  const warm = JSON.parse(await succeed(['warm', 'ls', '--json'])) as { warm: { lab: string }[] }
  assert.deepEqual(
    warm.warm.filter((one) => one.lab.startsWith('blueprint-')),
    [],
  )
})
