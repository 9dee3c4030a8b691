/**
 * Kickstart ISOs: made by genisoimage as an installer would be, rebuilt by Nestlab with xorriso, read back with
 * isoinfo and 7-Zip, and booted in QEMU. What boots is a stand-in: no test has seen ESXi itself.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { kickstartOf, makeKickstartIso } from '#guests'
import { fullSettings, plainSettings } from '../../src/guests/esxi/settings.fixture.ts'
import { bootConfigText, type Installer, makeInstaller, volume } from './esxi-installer.ts'
import { signal, workshop } from './esxi-workshop.ts'

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
