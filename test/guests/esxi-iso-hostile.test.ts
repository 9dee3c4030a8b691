/** Installers that nobody should make a kickstart ISO of: each is refused, for its own reason. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Installer, type InstallerShape, makeInstaller } from './esxi-installer.ts'
import { workshop } from './esxi-workshop.ts'

/** What nobody should build an installer from, and what is said about it. */
const unfit: readonly (readonly [string, InstallerShape, RegExp])[] = [
  ['no BOOT.CFG that says kernel', { bootConfig: 'hello\r\n' }, /BOOT\.CFG cannot be changed/],
  ['its boot options twice', { bootConfig: 'kernelopt=a\nkernelopt=b\n' }, /more than one line kernelopt=/],
  ['a BOOT.CFG of 100 kB', { bootConfig: `kernelopt=a\n#${'x'.repeat(100_000)}\n` }, /too large/],
  [
    'a file with a control character',
    { more: { 'A\x01B.V00': 'x' }, options: ['-U'] },
    /is called "A\\u0001B/,
  ],
  ['a file with a space', { more: { 'A B.V00': 'x' }, options: ['-U'] }, /is called "A B/],
  ['a file called as an option', { more: { '-OPTION': 'x' }, options: ['-U'] }, /is called "-OPTION"/],
  ['a file with a quote', { more: { "A'B": 'x' }, options: ['-U'] }, /is called "A'B"/],
  [
    'names that differ only in case',
    { more: { 's.v00': 'x' }, options: ['-U', '-allow-lowercase'] },
    /twice/,
  ],
]

for (const [what, shape, reason] of unfit)
  test(`an installer with ${what} is refused, and leaves nothing behind`, async (t) => {
    const { folder, make, output } = workshop(t)
    const { iso } = makeInstaller(folder, shape)
    await assert.rejects(make(iso), (error: { code?: string; message?: string }) => {
      assert.equal(error.code, 'esxi-iso-unfit')
      assert.match(error.message ?? '', reason)
      return true
    })
    assert.ok(!existsSync(output))
    assert.deepEqual(readdirSync(join(folder, 'scratch')), [])
    assert.deepEqual(readdirSync(folder).sort(), ['installer', 'installer.iso', 'scratch'])
  })

/** Changes bytes of a good installer. */
function spoiled(installer: Installer, change: (bytes: Buffer) => void): string {
  const bytes = readFileSync(installer.iso)
  change(bytes)
  writeFileSync(installer.iso, bytes)
  return installer.iso
}

/** Every place where a text stands, with another text of the same length there. */
function replaceAll(bytes: Buffer, from: string, to: string): void {
  assert.equal(from.length, to.length)
  let found = 0
  for (let at = bytes.indexOf(from, 0, 'latin1'); at !== -1; at = bytes.indexOf(from, at + 1, 'latin1')) {
    bytes.write(to, at, 'latin1')
    found++
  }
  assert.ok(found > 0, from)
}

/** Where the record of a root file begins. */
function recordAt(bytes: Buffer, name: string): number {
  const root = bytes.readUInt32LE(16 * 2048 + 156 + 2) * 2048
  const at = bytes.indexOf(`${name};1`, root, 'latin1') - 33
  assert.ok(at > root)
  return at
}

const damages: readonly (readonly [string, (bytes: Buffer) => void, RegExp])[] = [
  [
    'a way out of the folder in a name',
    (bytes) => replaceAll(bytes, 'VIB_3.V00;1', '../../x.y;1'),
    /is called/,
  ],
  ['a name that is only dots', (bytes) => replaceAll(bytes, 'VIB_3.V00;1', '..       ;1'), /is called/],
  ['a path as a name', (bytes) => replaceAll(bytes, 'VIB_3.V00;1', '/etc/x.cf;1'), /is called/],
  ['a zero in a name', (bytes) => replaceAll(bytes, 'VIB_3.V00;1', 'VIB\x003.V00;1'), /is called/],
  [
    'a file behind its end',
    (bytes) => bytes.writeUInt32LE(0x00ffffff, recordAt(bytes, 'S.V00') + 2),
    /cut off/,
  ],
  ['a file of 4 GiB', (bytes) => bytes.writeUInt32LE(0xffffffff, recordAt(bytes, 'S.V00') + 10), /cut off/],
  [
    'a folder that is its own parent',
    (bytes) => {
      const root = bytes.readUInt32LE(16 * 2048 + 156 + 2)
      const at = recordAt(bytes, 'S.V00')
      bytes.writeUInt32LE(root, at + 2)
      bytes[at + 25] = 2
    },
    /contains itself/,
  ],
  [
    'a folder of 3 GiB',
    (bytes) => {
      const at = recordAt(bytes, 'S.V00')
      bytes.writeUInt32LE(0xc0000000, at + 10)
      bytes[at + 25] = 2
    },
    /folders is too large/,
  ],
  [
    'a record that is too short',
    (bytes) => bytes.writeUInt8(20, recordAt(bytes, 'S.V00')),
    /folders is damaged/,
  ],
  ['a file in parts', (bytes) => bytes.writeUInt8(0x80, recordAt(bytes, 'S.V00') + 25), /in several parts/],
  ['strange signs in its name', (bytes) => bytes.write('A$(B)', 16 * 2048 + 40, 'latin1'), /strange signs/],
  ['a boot catalogue with a wrong sum', (bytes) => spoilCatalog(bytes, 4, 0x55), /checksum/],
  ['a boot image that is no file', (bytes) => spoilCatalog(bytes, 32 + 8, 0xff), /none of its files/],
  ['an emulated floppy', (bytes) => spoilCatalog(bytes, 32 + 1, 2), /no installer of ESXi does/],
  [
    'no way to boot',
    (bytes) => replaceAll(bytes, 'EL TORITO SPECIFICATION', 'EL TORITO SPECIFICATI0N'),
    /cannot be booted/,
  ],
  ['nothing of an ISO in it', (bytes) => bytes.fill(0), /no ISO 9660 image/],
]

function spoilCatalog(bytes: Buffer, place: number, value: number): void {
  const volume = bytes.indexOf('EL TORITO SPECIFICATION', 0, 'latin1') - 7
  bytes[bytes.readUInt32LE(volume + 0x47) * 2048 + place] = value
}

for (const [what, change, reason] of damages)
  test(`an image with ${what} is refused`, async (t) => {
    const { folder, make, output } = workshop(t)
    const iso = spoiled(makeInstaller(folder), change)
    await assert.rejects(make(iso), (error: { code?: string; message?: string }) => {
      assert.equal(error.code, 'esxi-iso-unfit', String(error))
      assert.match(error.message ?? '', reason)
      return true
    })
    assert.ok(!existsSync(output))
  })

test('an image that is cut off is refused at every length', async (t) => {
  const { folder, make, output } = workshop(t)
  const { iso } = makeInstaller(folder)
  for (let length = statSync(iso).size - 400_000; length > 0; length = Math.floor(length / 2)) {
    truncateSync(iso, length)
    await assert.rejects(make(iso), { code: 'esxi-iso-unfit' }, `${length} bytes`)
  }
  assert.ok(!existsSync(output))
})

test('a link in Rock Ridge leads nowhere: only the plain tree is read', async (t) => {
  const { folder, make, output } = workshop(t)
  mkdirSync(join(folder, 'installer'), { recursive: true })
  execFileSync('ln', ['-s', '/etc/passwd', join(folder, 'installer', 'LINK.V00')])
  const { iso } = makeInstaller(folder, { options: ['-R'] })
  await make(iso)
  assert.ok(!readFileSync(output).includes('root:x:0:0'))
})
