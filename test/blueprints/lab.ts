/** A lab to be handed out, and a folder for it, for the tests against registries. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Parcel, ParcelEntry } from '#blueprints'

export async function labFolder(t: TestContext): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-registry-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return (name) => join(folder, name)
}

/** With one disk of random bytes, larger than what is sent to a registry in one piece. */
export function lab(diskBytes = 40 * 1024 * 1024): Parcel {
  const entries = [
    entry('lab.yaml', Buffer.from('nestlab: 1\nname: shared\n')),
    entry('machines/kvm-1/disk0', randomBytes(diskBytes)),
    entry('machines/kvm-1/ram', Buffer.alloc(30 * 1024 * 1024), true),
  ]
  return { kind: 'full', lab: { name: 'shared' }, createdAt: '2026-11-28T12:00:00Z', entries }
}

function entry(path: string, content: Buffer, sparse = false): ParcelEntry {
  const sha256 = createHash('sha256').update(content).digest('hex')
  const mediaType = 'application/octet-stream'
  return { path, mediaType, bytes: content.length, sha256, redistributable: true, sparse, content }
}
