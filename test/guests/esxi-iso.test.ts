/**
 * Kickstart ISOs: made by genisoimage as an installer would be, rebuilt by Nestlab with xorriso, read back with
 * isoinfo and 7-Zip, and booted in QEMU. What boots is a stand-in: no test has seen ESXi itself.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { kickstartOf, makeKickstartIso } from '#guests'
import { fullSettings, plainSettings } from '../../src/guests/esxi/settings.fixture.ts'
import {
  bootConfigText,
  type Installer,
  type InstallerShape,
  makeInstaller,
  volume,
} from './esxi-installer.ts'

const signal = AbortSignal.timeout(120_000)

interface Workshop {
  readonly folder: string
  readonly output: string
  readonly make: (iso: string, kickstart?: typeof plainSettings) => ReturnType<typeof makeKickstartIso>
}

function workshop(t: TestContext): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-esxi-iso-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const scratch = join(folder, 'scratch')
  mkdirSync(scratch)
  const output = join(folder, 'out.iso')
  const make: Workshop['make'] = (iso, kickstart = fullSettings) =>
    makeKickstartIso({ iso, kickstart, output, scratch, signal })
  return { folder, output, make }
}

/** Which tree of names: the plain one that firmware and the installer of ESXi read, Rock Ridge, or Joliet. */
const trees = { plain: [], rockRidge: ['-R'], joliet: ['-J'] }

/** Names without versions, as isoinfo of genisoimage sees them. */
function namesIn(iso: string, tree: keyof typeof trees): readonly string[] {
  const list = execFileSync('isoinfo', ['-f', ...trees[tree], '-i', iso])
    .toString()
    .trim()
    .split('\n')
  return list.map((name) => name.replace(/;\d+$/, '').replace(/\.$/, '').slice(1)).sort()
}

function contentIn(iso: string, name: string): Buffer {
  return execFileSync('isoinfo', ['-i', iso, '-x', `/${name};1`], { maxBuffer: 2 ** 24 })
}

/** The boot images as 7-Zip finds them in the boot catalogue. */
function bootImageIn(iso: string, number: 1 | 2): Buffer {
  const name = `[BOOT]/${number}-Boot-NoEmul.img`
  return execFileSync('7zz', ['x', '-so', '-spd', iso, name], { maxBuffer: 2 ** 24 })
}

/** Without the 56 bytes that say where the file lies. */
const withoutTable = (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 8), bytes.subarray(64)])

function foldersOf(names: Iterable<string>): readonly string[] {
  const parents = [...names].flatMap((name) => {
    const parts = name.split('/').slice(0, -1)
    return parts.map((_, place) => parts.slice(0, place + 1).join('/'))
  })
  return [...new Set(parents)]
}

function checkFiles({ files }: Installer, output: string): void {
  const all = [...files.keys(), 'BOOT.CAT', 'KS.CFG']
  const names = [...all, ...foldersOf(all)].sort()
  for (const tree of ['plain', 'rockRidge', 'joliet'] as const)
    assert.deepEqual(namesIn(output, tree), names, tree)
  for (const [name, content] of files) {
    if (/BOOT\.CFG$/.test(name)) continue
    const found = contentIn(output, name)
    if (name === 'ISOLINUX.BIN') assert.deepEqual(withoutTable(found), withoutTable(content), name)
    else assert.ok(found.equals(content), name)
  }
  const sums = (list: string) => execFileSync('7zz', ['t', list]).toString()
  assert.match(sums(output), /Everything is Ok/)
}

const options = 'runweasel ks=cdrom:/KS.CFG systemMediaSize=min allowLegacyCPU=true logPort=com1 gdbPort=none'

for (const [name, lineEnd] of [
  ['CRLF', '\r\n'],
  ['LF', '\n'],
] as const)
  test(`an installer whose BOOT.CFG has ${name} keeps every file, its name and its line ends`, async (t) => {
    const { folder, make, output } = workshop(t)
    const installer = makeInstaller(folder, { lineEnd })
    const made = await make(installer.iso)
    checkFiles(installer, output)
    for (const [file, prefix] of [
      ['BOOT.CFG', ''],
      ['EFI/BOOT/BOOT.CFG', 'efi'],
    ] as const) {
      const wanted = bootConfigText(lineEnd, prefix).replace('runweasel cdromBoot', options)
      assert.equal(contentIn(output, file).toString('latin1'), wanted, file)
    }
    const bytes = readFileSync(output)
    assert.equal(made.sha256, createHash('sha256').update(bytes).digest('hex'))
    assert.equal(made.sizeBytes, bytes.length)
    assert.deepEqual(made.firmware, ['bios', 'uefi'])
  })

test('the kickstart is called as the boot options call it, in the same case, in every tree', async (t) => {
  const { folder, make, output } = workshop(t)
  await make(makeInstaller(folder).iso)
  const [, name = ''] = /ks=cdrom:\/(\S+)/.exec(contentIn(output, 'BOOT.CFG').toString()) ?? []
  assert.equal(contentIn(output, name).toString(), kickstartOf(fullSettings))
  for (const tree of ['plain', 'rockRidge', 'joliet'] as const)
    assert.ok(namesIn(output, tree).includes(name), tree)
})

test('both firmwares find in the boot catalogue what they found before', async (t) => {
  const { folder, make, output } = workshop(t)
  const { files } = makeInstaller(folder)
  await make(join(folder, 'installer.iso'))
  const [isolinux, efi] = [files.get('ISOLINUX.BIN'), files.get('EFIBOOT.IMG')]
  assert.ok(isolinux && efi)
  // Four blocks of 512 bytes are what the catalogue says of the first one.
  assert.deepEqual(withoutTable(bootImageIn(output, 1)), withoutTable(isolinux.subarray(0, 2048)))
  assert.ok(bootImageIn(output, 2).equals(efi))
  const description = execFileSync('isoinfo', ['-d', '-i', output]).toString()
  assert.match(description, new RegExp(`^Volume id: ${volume}$`, 'm'))
  assert.match(description, /^ {4}Arch 0 \(x86\)$/m)
  assert.match(description, /Bootid 88 \(bootable\)[\s\S]*Boot media 0 \(No Emulation Boot\)[\s\S]*Nsect 4$/m)
  assert.equal(uefiPlatforms(output), 1)
})

/** Sections of the boot catalogue for UEFI (platform 0xEF), found by the sector that isoinfo names. */
function uefiPlatforms(iso: string): number {
  const description = execFileSync('isoinfo', ['-d', '-i', iso]).toString()
  const [, sector = ''] = /boot catalog is in sector (\d+)/.exec(description) ?? []
  const catalog = readFileSync(iso).subarray(Number(sector) * 2048, Number(sector) * 2048 + 2048)
  const headers = Array.from({ length: 62 }, (_, place) => catalog.subarray(64 + place * 32, 96 + place * 32))
  return headers.filter((header) => (header[0] === 0x90 || header[0] === 0x91) && header[1] === 0xef).length
}

test('a machine with BIOS boots the rebuilt ISO, and its boot loader is told where it lies', async (t) => {
  const { folder, make, output } = workshop(t)
  await make(makeInstaller(folder).iso)
  const serial = join(folder, 'serial')
  const machine = ['-machine', 'pc,accel=tcg', '-m', '64', '-nodefaults', '-display', 'none', '-vga', 'none']
  const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x01', '-no-reboot']
  const drive = ['-drive', `if=ide,media=cdrom,readonly=on,format=raw,file=${output}`, '-boot', 'd']
  const code = await new Promise((resolve) => {
    const argv = [...machine, ...exit, ...drive, '-serial', `file:${serial}`]
    const settings = { signal: AbortSignal.any([signal, t.signal]) }
    execFile('qemu-system-x86_64', argv, settings, (error) => resolve(error?.code ?? 0))
  })
  assert.equal(code, 1, 'the boot sector ended the machine itself')
  const said = readFileSync(serial)
  assert.equal(said.subarray(0, -4).toString(), 'NESTLAB BOOTED\n')
  const list = execFileSync('isoinfo', ['-l', '-i', output]).toString()
  const [, sector = ''] = /\[\s*(\d+)\s[^\]]*\]\s+ISOLINUX\.BIN;1/.exec(list) ?? []
  assert.equal(said.readUInt32LE(said.length - 4), Number(sector))
})

test('an installer that boots with BIOS alone stays one', async (t) => {
  const { folder, make, output } = workshop(t)
  const installer = makeInstaller(folder, { uefi: false })
  const made = await make(installer.iso, { ...plainSettings, version: '5.5' })
  assert.deepEqual(made.firmware, ['bios'])
  checkFiles(installer, output)
  assert.equal(uefiPlatforms(output), 0)
  const wanted = bootConfigText('\r\n').replace('runweasel cdromBoot', 'runweasel ks=cdrom:/KS.CFG')
  assert.equal(contentIn(output, 'BOOT.CFG').toString(), wanted)
})

test('the same installer and settings give the same bytes, and an ISO made from a made one is that one', async (t) => {
  const { folder, make, output } = workshop(t)
  const { iso } = makeInstaller(folder)
  const one = await make(iso)
  const two = await make(iso)
  assert.equal(two.sha256, one.sha256)
  writeFileSync(join(folder, 'again.iso'), readFileSync(output))
  const three = await make(join(folder, 'again.iso'))
  assert.equal(three.sha256, one.sha256)
})

test('only its owner can read the ISO, since it holds the hash of a password; and no clear password is in it', async (t) => {
  const { folder, make, output } = workshop(t)
  await make(makeInstaller(folder).iso)
  assert.equal(statSync(output).mode & 0o777, 0o600)
  const bytes = readFileSync(output)
  assert.ok(bytes.includes(fullSettings.rootPasswordHash))
  assert.ok(!bytes.includes('Nest-lab1!'))
})

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

test('an output that cannot be written is named, what was there stays, and nothing is left behind', async (t) => {
  const { folder, make, output } = workshop(t)
  const { iso } = makeInstaller(folder)
  writeFileSync(output, 'before')
  const nowhere = { iso, kickstart: plainSettings, scratch: join(folder, 'scratch'), signal }
  const missing = join(folder, 'no', 'out.iso')
  await assert.rejects(makeKickstartIso({ ...nowhere, output: missing }), { code: 'esxi-iso-not-made' })
  await assert.rejects(make(join(folder, 'none.iso')), { code: 'file-missing' })
  const stopped = AbortSignal.abort(new Error('stopped'))
  await assert.rejects(makeKickstartIso({ ...nowhere, output, signal: stopped }), /stopped/)
  assert.equal(readFileSync(output, 'utf8'), 'before')
  assert.deepEqual(readdirSync(folder).sort(), ['installer', 'installer.iso', 'out.iso', 'scratch'])
  assert.deepEqual(readdirSync(join(folder, 'scratch')), [])
})
