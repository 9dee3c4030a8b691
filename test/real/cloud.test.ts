/** An ordinary cloud image as a machine of a lab: taken in by its digest, set up by its seed, shut down as it likes. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import type { LabStatus } from '#engine'
import { isThorough } from '../sample.ts'
import { labFile, leftovers, nestlab, succeed } from './command.ts'
import { debianImage } from './debian-image.ts'

const name = 'test-cloud'
const inLab = ['--lab', name]

const text = (sha256: string) => `nestlab: 1
name: ${name}
switches:
  lan:
    kind: standard
    portgroups: { net: {} }
machines:
  web:
    image: { file: debian.qcow2, sha256: ${sha256} }
    cpus: 2
    memory: 512MiB
    nics: [{ portgroup: net, address: 10.0.10.0/24 }]
  probe:
    image: tiny
    nics: [{ portgroup: net, address: 10.0.10.0/24 }]
`

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

async function web() {
  const status = JSON.parse(await succeed(['status', ...inLab, '--json'])) as LabStatus
  const found = status.machines.find((one) => one.path === 'web')
  assert.ok(found)
  return found
}

const inWeb = (...command: string[]) => succeed(['exec', ...inLab, 'web', '--', ...command])

const skip = !isThorough && 'an ordinary system takes minutes to boot emulated: make test-all runs it'

test('a Debian cloud image comes up from a lab file as what the file says', { skip }, async (t) => {
  const made = await debianImage()
  const sha256 = await sha256Of(made)
  const wrong = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
  await using lab = await labFile(name, text(wrong))
  await copyFile(made, join(dirname(lab.file), 'debian.qcow2'))
  t.after(() => nestlab(['image', 'rm', `sha256-${sha256.slice(0, 32)}`]))

  await t.test('not with another SHA-256 than the one in the file', async () => {
    const { code, stderr } = await nestlab(['up', '-f', lab.file])
    assert.equal(code, 1, stderr)
    assert.match(stderr, new RegExp(`has the SHA-256 ${sha256}, not ${wrong}`))
  })

  await t.test('its guest says the name and the address that the file orders', async () => {
    await lab.rewrite((old) => old.replace(wrong, sha256))
    await succeed(['up', '-f', lab.file])
    const { state, hostname, addresses } = await web()
    assert.deepEqual([state, hostname], ['ready', 'web'])
    assert.equal(addresses.filter((one) => /^10\.0\.10\.\d+\/24$/.test(one)).length, 1, addresses.join(' '))
    assert.equal((await inWeb('hostname')).trim(), 'web')
    assert.match(await inWeb('cat', '/etc/os-release'), /^ID=debian$/m)
  })

  await t.test('cloud-init finds no fault with its seed', async () => {
    assert.match(await inWeb('cloud-init', 'schema', '--system'), /^Valid cloud-config/m)
  })

  await t.test('another machine reaches it over the lab’s switch', async () => {
    const address = (await web()).addresses.find((one) => one.startsWith('10.0.10.'))?.split('/')[0] ?? ''
    await succeed(['exec', ...inLab, 'probe', '--', 'ping', '-c', '3', '-W', '2', address])
  })

  await t.test('stop lets the system shut itself down', async () => {
    const { code, stderr } = await nestlab(['stop', ...inLab, 'web'])
    assert.equal(code, 0, stderr)
    assert.equal((await web()).state, 'stopped')
    assert.doesNotMatch(stderr, /power/, 'neither the power button nor the power was needed')
  })

  await t.test('down leaves no process, socket or file', async () => {
    await succeed(['down', ...inLab])
    assert.deepEqual(await leftovers(name), [])
  })
})
