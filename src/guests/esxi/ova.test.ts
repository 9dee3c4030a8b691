import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { descriptorText, type Entry, tarOf } from './appliance.fixture.ts'
import { openOva } from './ova.ts'

const signal = AbortSignal.timeout(60_000)
const disk = Buffer.from('KDMV and more, '.repeat(1000))
const ovf = descriptorText()

const sumOf = (kind: string, bytes: string | Uint8Array) => createHash(kind).update(bytes).digest('hex')

function manifestOf(kind: string): string {
  const word = kind.toUpperCase()
  return `${word}(a.ovf)= ${sumOf(kind, ovf)}\r\n${word}(disk1.vmdk)= ${sumOf(kind, disk)}\r\n`
}

const good: readonly Entry[] = [
  { name: 'a.ovf', content: ovf },
  { name: 'a.mf', content: manifestOf('sha256') },
  { name: 'disk1.vmdk', content: disk },
]

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-ova-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function written(t: TestContext, bytes: Uint8Array): string {
  const file = join(folderOf(t), 'a.ova')
  writeFileSync(file, bytes)
  return file
}

async function refused(t: TestContext, bytes: Uint8Array, reason: RegExp, code = 'ova-unfit') {
  await assert.rejects(
    openOva(written(t, bytes), { signal }),
    (error: { code?: string; message?: string }) => {
      assert.equal(error.code, code, String(error))
      assert.match(error.message ?? '', reason)
      return true
    },
  )
}

test('an appliance packed by tar is opened, its files are found where they lie, and its sums are checked', async (t) => {
  const folder = folderOf(t)
  for (const { name, content = '' } of good) writeFileSync(join(folder, name), content)
  for (const format of ['ustar', 'gnu', 'pax']) {
    const file = join(folder, `${format}.ova`)
    execFileSync('tar', ['-C', folder, `--format=${format}`, '-cf', file, ...good.map(({ name }) => name)])
    const done: number[] = []
    const ova = await openOva(file, { signal, onBytes: (bytes) => done.push(bytes) })
    assert.equal(ova.checkedBy, 'sha256')
    assert.equal(ova.descriptorText, ovf)
    assert.equal(ova.descriptor.properties.length, 13)
    const [only] = ova.files
    assert.ok(only)
    assert.equal(ova.files.length, 1)
    const bytes = readFileSync(file).subarray(only.offsetBytes, only.offsetBytes + only.sizeBytes)
    assert.ok(bytes.equals(disk), format)
    assert.ok(done.length > 0)
  }
})

test('all kinds of sums that makers use are checked, and it is said where there is none', async (t) => {
  for (const kind of ['sha1', 'sha256', 'sha512']) {
    const entries = [good[0], { name: 'a.mf', content: manifestOf(kind) }, good[2]] as readonly Entry[]
    assert.equal((await openOva(written(t, tarOf(entries)), { signal })).checkedBy, kind)
  }
  const bare = [good[0], good[2]] as readonly Entry[]
  assert.equal((await openOva(written(t, tarOf(bare)), { signal })).checkedBy, 'nothing')
})

test('a changed disk, descriptor or manifest is found', async (t) => {
  const changed = Buffer.from(disk)
  changed.writeUInt8(1, 777)
  const entry = (place: number) => good[place] as Entry
  await refused(
    t,
    tarOf([entry(0), entry(1), { name: 'disk1.vmdk', content: changed }]),
    /disk1\.vmdk in it has another sum/,
  )
  const other = ovf.replace('Nested ESXi', 'nested ESXi')
  await refused(
    t,
    tarOf([{ name: 'a.ovf', content: other }, entry(1), entry(2)]),
    /a\.ovf in it has another sum/,
  )
  const lines = manifestOf('sha256').split('\r\n')
  for (const [text, reason] of [
    [lines[0], /does not name disk1\.vmdk/],
    [`${lines.join('\n')}\n${lines[0]}`, /names "a\.ovf" twice/],
    [`${lines.join('\n')}SHA256(none)= ${sumOf('sha256', '')}`, /names "none", which is not in it/],
    [`${lines.join('\n')}MD5(a)= 00`, /a line that is none/],
    [
      lines.join('\n').replace(/SHA256\(disk1.*/, `SHA1(disk1.vmdk)= ${sumOf('sha1', disk)}`),
      /several kinds/,
    ],
  ] as const)
    await refused(t, tarOf([entry(0), { name: 'a.mf', content: text ?? '' }, entry(2)]), reason)
})

test('links, folders, devices and names that lead elsewhere are refused', async (t) => {
  const [first] = good
  assert.ok(first)
  for (const type of ['1', '2', '3', '4', '5', '6', '7', 'L', 'K', 'S'])
    await refused(
      t,
      tarOf([first, { name: 'disk1.vmdk', type, linkTo: '/etc/passwd' }]),
      /a link, a folder or a device/,
    )
  for (const name of ['../disk1.vmdk', '/etc/passwd', 'a/b', '..', '-rf', 'a\nb', 'a\x1b[2J', ' a', 'é.vmdk'])
    await refused(t, tarOf([first, { name }]), /is called|damaged/)
  await refused(t, tarOf([first, { name: 'disk1.vmdk', prefix: '/etc' }]), /is called "\/etc\/disk1\.vmdk"/)
})

test('an extended header may not change names or sizes behind the back of the plain one', async (t) => {
  const [first, , last] = good
  assert.ok(first && last)
  const mtime = '20 mtime=1700000000\n'
  assert.ok(
    await openOva(written(t, tarOf([first, { name: 'h', type: 'x', content: mtime }, last])), { signal }),
  )
  for (const content of ['19 path=/etc/passwd\n', `${mtime}12 size=9999\n`, '21 linkpath=/etc/abc\n'])
    for (const type of ['x', 'g'])
      await refused(t, tarOf([first, { name: 'h', type, content }, last]), /changes names or sizes/)
  await refused(t, tarOf([first, { name: 'h', type: 'x', content: 'x'.repeat(70_000) }, last]), /64 KiB/)
})

test('an archive that is cut off, damaged, empty, has files twice or too many of them is refused', async (t) => {
  const whole = tarOf(good)
  for (const length of [1, 511, 700, 20_000]) await refused(t, whole.subarray(0, length), /cut off/)
  for (const at of [0, 124, 150, 156]) {
    const damaged = Buffer.from(whole)
    damaged.writeUInt8((damaged[at] ?? 0) ^ 1, at)
    await refused(t, damaged, /no tar archive, or damaged/)
  }
  await refused(t, Buffer.alloc(0), /empty/)
  await refused(t, Buffer.alloc(10_240), /empty/)
  await refused(t, Buffer.from('hello'.repeat(1000)), /no tar archive/)
  const [first, , last] = good
  assert.ok(first && last)
  await refused(t, tarOf([first, last, { ...last, name: 'DISK1.vmdk' }]), /"DISK1\.vmdk" twice/)
  const many = Array.from({ length: 70 }, (_, place) => ({ name: `disk${place}.vmdk` }))
  await refused(t, tarOf([first, ...many]), /more than 64 files/)
  await refused(t, tarOf([first, { ...last, size: 2 ** 32 }]), /cut off inside disk1\.vmdk/)
})

test('the descriptor comes first, is the only one, and names exactly the files that are there', async (t) => {
  const [first, , last] = good
  assert.ok(first && last)
  await refused(t, tarOf([last, first]), /first file is no \.ovf/)
  await refused(t, tarOf([first, last, { ...first, name: 'b.ovf' }]), /more than one descriptor/)
  await refused(t, tarOf([first]), /wants "disk1\.vmdk", which is not in it/)
  await refused(t, tarOf([first, last, { name: 'disk2.vmdk' }]), /does not name disk2\.vmdk/)
  const away = { name: 'a.ovf', content: descriptorText(undefined, ['http://10.0.0.1/disk']) }
  await refused(t, tarOf([away, last]), /wants "http:\/\/10\.0\.0\.1\/disk", which is not in it/)
  await refused(t, tarOf([{ name: 'a.ovf', content: 'x'.repeat(5 * 2 ** 20) }, last]), /too large/)
  await refused(t, tarOf([{ name: 'a.ovf', content: '<x/>' }, last]), /no OVF envelope/, 'ovf-unreadable')
})

test('a file from 8 GiB on, whose size is written in binary, is counted right', async (t) => {
  const [first, , last] = good
  assert.ok(first && last)
  const bytes = tarOf([first, last])
  const at = bytes.indexOf('disk1.vmdk\0', 1024)
  const field = Buffer.alloc(12)
  field.writeBigUInt64BE(9n * 2n ** 30n, 4)
  field[0] = 0x80
  field.copy(bytes, at + 124)
  bytes.write('        ', at + 148)
  const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148)
  // The archive does not have them; that this is what is said shows that the size was read.
  await refused(t, bytes, /cut off inside disk1\.vmdk/)
  bytes[at + 124] = 0xff
  bytes.write('        ', at + 148)
  const other = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${other.toString(8).padStart(6, '0')}\0 `, at + 148)
  await refused(t, bytes, /an impossible size/)
})

test('a file that is not there is named, and an interrupted check ends', async (t) => {
  await assert.rejects(openOva('/nowhere/a.ova', { signal }), { code: 'file-missing' })
  const stopped = AbortSignal.abort(new Error('stopped'))
  await assert.rejects(openOva(written(t, tarOf(good)), { signal: stopped }), /stopped/)
})
