/** Labs with small images, and blueprints that somebody made to do harm, for tests of `nestlab blueprint`. */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Json, type ParcelEntry, packBlueprint } from '#blueprints'
import type { Desk } from './command.ts'

export const labText = (image: string, name = 'shared') => `# A comment that stays.
nestlab: 1
name: ${name}
site: local
switches: { s: { portgroups: { m: {} } } }
machines:
  one: { image: ${image}, cpus: 1, memory: 96MiB, nics: [{ portgroup: m, address: 10.0.0.0/24 }] }
`

export const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex')

/** A raw disk of random bytes in the image store of a desk. */
export async function importDisk(desk: Desk, name: string, bytes = 65_536): Promise<string> {
  await desk.write(`${name}.raw`, '')
  await writeFile(join(desk.folder, `${name}.raw`), randomBytes(bytes))
  await desk.expect(0, 'image', 'import', `${name}.raw`, '--name', name)
  return await imageNamed(desk, name)
}

export async function imageNamed(desk: Desk, name: string): Promise<string> {
  const { images } = (await desk.json(0, 'image', 'ls')) as { images: { name: string; sha256: string }[] }
  return images.find((one) => one.name === name)?.sha256 ?? 'none'
}

/** Everything below the state of a desk, but locks and empty folders. */
export async function stateOf(desk: Desk): Promise<readonly string[]> {
  const state = join(desk.folder, '.home', 'state')
  const all = await readdir(state, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return files.map((file) => file.slice(state.length + 1)).toSorted()
}

export function entry(path: string, content: Uint8Array | string): ParcelEntry {
  const bytes = Buffer.from(content)
  const facts = { mediaType: 'text/plain', redistributable: true, sparse: false }
  return { ...facts, path, bytes: bytes.length, sha256: sha256(bytes), content: bytes }
}

export interface Harm {
  readonly note?: { readonly [key: string]: Json }
  readonly lab?: string
  readonly images?: readonly {
    readonly name: string
    readonly guest: string
    readonly files: Readonly<Record<string, Uint8Array>>
  }[]
  readonly more?: readonly ParcelEntry[]
}

/** Packed without any of the checks that packing by a command makes. */
export async function packHarm(desk: Desk, file: string, harm: Harm): Promise<void> {
  const images = (harm.images ?? []).map(({ name, guest, files }) => {
    const facts = Object.entries(files).map(([one, content]) => [
      one,
      { sha256: sha256(content), sizeBytes: content.length },
    ])
    const manifest = JSON.stringify({ format: 1, name, guest, inputs: [], files: Object.fromEntries(facts) })
    return { name, files, manifest, sha256: sha256(manifest) }
  })
  const entries = images.flatMap((image) => [
    entry(`images/${image.sha256}/manifest.json`, image.manifest),
    ...Object.entries(image.files).map(([one, content]) => entry(`images/${image.sha256}/${one}`, content)),
  ])
  const note = {
    ...{ name: 'shared', site: 'local', machines: ['one'] },
    images: images.map(({ name, sha256: digest }) => ({ name, sha256: digest, redistributable: true })),
    ...harm.note,
  }
  const lab = harm.lab ?? labText(images[0]?.name ?? 'tiny')
  const all = [entry('lab.yaml', lab), ...entries, ...(harm.more ?? [])]
  const parcel = { kind: 'full', lab: note, createdAt: '2026-11-28T12:00:00Z', entries: all } as const
  await packBlueprint(parcel, join(desk.folder, file), { form: 'file', replace: true })
}

/** The start of a qcow2 disk, as docs/interop/qcow2.txt of QEMU has it. */
export function qcow2(harm: { readonly backing?: string; readonly features?: bigint }): Buffer {
  const disk = Buffer.alloc(65_536)
  disk.write('QFI\xfb', 0, 'latin1')
  disk.writeUInt32BE(3, 4)
  if (harm.backing) {
    disk.writeBigUInt64BE(512n, 8)
    disk.writeUInt32BE(harm.backing.length, 16)
    disk.write(harm.backing, 512)
  }
  disk.writeUInt32BE(16, 20)
  disk.writeBigUInt64BE(1_048_576n, 24)
  disk.writeBigUInt64BE(harm.features ?? 0n, 72)
  disk.writeUInt32BE(104, 100)
  return disk
}

export async function textOf(desk: Desk, file: string): Promise<string> {
  return await readFile(join(desk.folder, file), 'utf8')
}
