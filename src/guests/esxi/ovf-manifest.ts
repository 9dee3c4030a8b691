/** Compares the files of an appliance with what its manifest says of them. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { TarProblem } from './tar-reader.ts'

/** A file of an appliance, and where its bytes lie. */
export interface StoredFile {
  readonly name: string
  /** Of the archive, or of the file itself. */
  readonly path: string
  readonly offsetBytes: number
  readonly sizeBytes: number
}

export type SumKind = (typeof sumKinds)[number]

export interface CheckOptions {
  readonly signal: AbortSignal
  readonly onBytes?: (doneBytes: number) => void
}

export const manifestBytes = 65_536

const sumKinds = ['sha1', 'sha256', 'sha512'] as const
const digestLine = /^(SHA1|SHA256|SHA512) ?\(([^()\r\n]+)\) ?= ?([0-9a-fA-F]{40,128})$/

/** Which sums it has. Rejects with a `TarProblem`; all of `files` have to be in the manifest, and nothing else. */
export async function checkManifest(
  text: string,
  files: readonly StoredFile[],
  options: CheckOptions,
): Promise<SumKind | 'nothing'> {
  const wanted = new Map<string, { readonly kind: SumKind; readonly digest: string }>()
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue
    const [, written = '', name = '', digest = ''] = digestLine.exec(line.trim()) ?? []
    const kind = sumKinds.find((one) => one === written.toLowerCase())
    if (!kind) throw new TarProblem('its manifest has a line that is none')
    if (wanted.has(name))
      throw new TarProblem(`its manifest names ${JSON.stringify(name.slice(0, 60))} twice`)
    wanted.set(name, { kind, digest: digest.toLowerCase() })
  }
  const kinds = new Set([...wanted.values()].map(({ kind }) => kind))
  if (kinds.size > 1) throw new TarProblem('its manifest has several kinds of sums')
  for (const name of wanted.keys())
    if (!files.some((file) => file.name === name))
      throw new TarProblem(`its manifest names ${JSON.stringify(name.slice(0, 60))}, which is not in it`)
  for (const file of files) {
    const line = wanted.get(file.name)
    if (!line) throw new TarProblem(`its manifest does not name ${file.name}`)
    if ((await digestOf(file, { ...options, kind: line.kind })) !== line.digest)
      throw new TarProblem(`${file.name} in it has another sum than its manifest says`)
  }
  return [...kinds][0] ?? 'nothing'
}

async function digestOf(
  { path, offsetBytes, sizeBytes }: StoredFile,
  { kind, signal, onBytes }: CheckOptions & { readonly kind: SumKind },
): Promise<string> {
  const hash = createHash(kind)
  if (sizeBytes === 0) return hash.digest('hex')
  const range = { start: offsetBytes, end: offsetBytes + sizeBytes - 1, highWaterMark: 2 ** 20, signal }
  let done = offsetBytes
  for await (const chunk of createReadStream(path, range) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    done += chunk.length
    onBytes?.(done)
  }
  return hash.digest('hex')
}
