/** A small lab that can be packed, with memory that is mostly holes, for the tests of this room. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { TestContext } from 'node:test'
import type { Parcel, ParcelEntry, ParcelFile } from './parcel.ts'

export interface Fixture {
  readonly folder: string
  readonly parcel: Parcel
  /** In the folder. */
  readonly at: (name: string) => string
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-blueprint-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export function entryOf(
  path: string,
  content: Uint8Array | string,
  more: Partial<ParcelFile> = {},
): ParcelEntry {
  const bytes = Buffer.from(content)
  return { ...fileOf(path, bytes), ...more, content: bytes }
}

function fileOf(path: string, content: Uint8Array): ParcelFile {
  return {
    path,
    mediaType: 'application/octet-stream',
    bytes: content.length,
    sha256: sha256(content),
    redistributable: true,
    sparse: false,
  }
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

const ramBytes = 16 * 1024 * 1024

/** Eight stretches of random bytes at odd places of 16 MiB. */
async function writeRam(path: string): Promise<void> {
  const file = await open(path, 'w')
  for (let index = 0; index < 8; index++) await file.write(randomBytes(70_001), 0, 70_001, index * 1_913_579)
  await file.truncate(ramBytes)
  await file.close()
}

/** `extraBytes` of random content make packing take longer. */
export async function makeParcel(t: TestContext, extraBytes = 3_000_000): Promise<Fixture> {
  const folder = await temporaryFolder(t)
  const source = join(folder, 'source')
  await mkdir(source)
  const ram = join(source, 'ram')
  await writeRam(ram)
  const content = await readFile(ram)
  const kernel = randomBytes(500_000)
  const entries: readonly ParcelEntry[] = [
    { ...fileOf('machines/kvm-1/ram', content), sparse: true, file: ram },
    entryOf('machines/kvm-1/disk0', randomBytes(extraBytes)),
    entryOf('lab.yaml', 'nestlab: 1\nname: two-hypervisors\n', { mediaType: 'application/yaml' }),
    entryOf('README.md', ''),
    entryOf(`images/${sha256(kernel)}/kernel`, kernel),
    entryOf('machines/kvm-1/same-kernel', kernel),
    entryOf('images/licensed/esxi', randomBytes(1000), { redistributable: false }),
  ]
  const lab = { name: 'two-hypervisors', levels: 2, needs: { accelerator: 'tcg', qemu: '7.2' } }
  const parcel: Parcel = { kind: 'full', lab, createdAt: '2026-11-28T12:00:00Z', entries }
  return { folder, parcel, at: (name) => join(folder, name) }
}

/** Every file below a folder by its path, with its SHA-256. */
export async function contentsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const one of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(one.parentPath, one.name)
    if (one.isFile()) found[relative(folder, path)] = sha256(await readFile(path))
  }
  return found
}

/** What unpacking the parcel must give, without the description. */
export function wanted(parcel: Parcel): Readonly<Record<string, string>> {
  const there = parcel.entries.filter(
    ({ path, redistributable }) => redistributable && !(parcel.kind === 'thin' && path.startsWith('images/')),
  )
  return Object.fromEntries(there.map(({ path, sha256 }) => [path, sha256]))
}
