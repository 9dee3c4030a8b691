/** Makes ISOs with the structure of an installer of ESXi, by another program than the one that rebuilds them. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface InstallerShape {
  /** Old installers boot with BIOS alone and have no folder EFI. */
  readonly uefi?: boolean
  readonly lineEnd?: '\n' | '\r\n'
  readonly bootConfig?: string
  /** Besides the usual ones; the names go into the ISO as they are. */
  readonly more?: Readonly<Record<string, string | Uint8Array>>
  /** Further options of genisoimage. */
  readonly options?: readonly string[]
}

export interface Installer {
  readonly iso: string
  readonly files: ReadonlyMap<string, Buffer>
}

export const volume = 'ESXI-8.0U3-24022510-STANDARD'

export function bootConfigText(lineEnd: '\n' | '\r\n', prefix = ''): string {
  const lines = [
    ...['bootstate=0', 'title=Loading ESXi installer', 'timeout=5', `prefix=${prefix}`, 'kernel=/b.b00'],
    ...['kernelopt=runweasel cdromBoot', 'modules=/jumpstrt.gz --- /s.v00', 'build=8.0.3', 'updated=0'],
  ]
  return lines.map((line) => `${line}${lineEnd}`).join('')
}

/** Bytes that look like nothing and are the same each time. */
function noise(name: string, length: number): Buffer {
  const parts: Buffer[] = []
  for (let part = 0; part * 32 < length; part++)
    parts.push(createHash('sha256').update(`${name} ${part}`).digest())
  return Buffer.concat(parts).subarray(0, length)
}

/**
 * Instead of ISOLINUX: writes a line and what it has been told about its own place (bytes 12 to 15, "boot info table")
 * to the first serial port, and ends QEMU through its debug exit at port 0xf4. Bytes 8 to 63 belong to the table.
 */
export function bootSector(): Buffer {
  const code = [
    ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x80, 0x7c], // no interrupts, ds = 0, si = the line at 0x7c80
    ...[0xac, 0x84, 0xc0, 0x74, 0x06, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5], // until a zero: out to 0x3f8
    ...[0xbe, 0x0c, 0x7c, 0xb9, 0x04, 0x00, 0xba, 0xf8, 0x03, 0xac, 0xee, 0xe2, 0xfc], // four bytes from 0x7c0c
    ...[0xb0, 0x00, 0xe6, 0xf4, 0xf4, 0xeb, 0xfd], // debug exit, and halt where there is none
  ]
  const sector = Buffer.alloc(2048)
  sector.set([0xeb, 0x3e], 0)
  sector.set(code, 0x40)
  sector.write('NESTLAB BOOTED\n\0', 0x80, 'latin1')
  return sector
}

export function makeInstaller(folder: string, shape: InstallerShape = {}): Installer {
  const { uefi = true, lineEnd = '\r\n', more = {}, options = [] } = shape
  const text = shape.bootConfig ?? bootConfigText(lineEnd)
  const files = new Map<string, Buffer>()
  const add = (name: string, content: string | Uint8Array) => files.set(name, Buffer.from(content))
  add('ISOLINUX.BIN', Buffer.concat([bootSector(), noise('isolinux', 8192)]))
  add('ISOLINUX.CFG', 'DEFAULT menu.c32\n')
  add('BOOT.CFG', text)
  for (const [name, length] of [
    ['B.B00', 4096],
    ['JUMPSTRT.GZ', 300],
    ['S.V00', 70_000],
  ] as const)
    add(name, noise(name, length))
  for (let number = 0; number < 12; number++) add(`VIB_${number}.V00`, noise(`vib ${number}`, 1000 * number))
  add('UPGRADE/METADATA.ZIP', noise('metadata', 5000))
  add('README.TXT', 'read me\n')
  if (uefi) {
    add('EFIBOOT.IMG', noise('efiboot', 1_474_560))
    add('EFI/BOOT/BOOTX64.EFI', noise('bootx64', 9000))
    add('EFI/BOOT/BOOT.CFG', shape.bootConfig ?? bootConfigText(lineEnd, 'efi'))
  }
  for (const [name, content] of Object.entries(more)) add(name, content)
  const root = join(folder, 'installer')
  for (const [name, content] of files) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content)
  }
  const iso = join(folder, 'installer.iso')
  const efi = uefi ? ['-eltorito-alt-boot', '-e', 'EFIBOOT.IMG', '-no-emul-boot'] : []
  const bios = [
    '-b',
    'ISOLINUX.BIN',
    '-c',
    'BOOT.CAT',
    '-no-emul-boot',
    '-boot-load-size',
    '4',
    '-boot-info-table',
  ]
  const how = ['-quiet', '-V', volume, '-relaxed-filenames', ...options]
  execFileSync('genisoimage', [...how, '-o', iso, ...bios, ...efi, root], { stdio: 'ignore' })
  return { iso, files }
}
