/** Sizing for the command line: the model, with prices read from a user's file and level 0 as it was found. */
import { type FileHandle, open } from 'node:fs/promises'
import { parse } from 'yaml'
import { priceFailure, sizeLab } from '#capacity'
import type { Sizing } from '#cli'
import { type Prices, readPrices } from '#facts'
import { siteOfReport } from './probed-site.ts'

const mostBytes = 4 * 1024 * 1024
/** More is noise: whoever has corrected these sees the next ones. */
const mostProblems = 10

export function openSizing(): Sizing {
  return { sizeLab, siteOf: siteOfReport, readPrices: readPriceFile }
}

/** `name` is how messages call the file. */
async function readPriceFile(path: string, name: string): Promise<Prices> {
  const value = parsed(await readText(path, name), name)
  const read = readPrices(value)
  if (read.ok) return read.prices
  const { length } = read.problems
  const more = length > mostProblems ? [`And ${length - mostProblems} more.`] : []
  throw priceFailure('price-file-wrong', {
    file: name,
    problems: [...read.problems.slice(0, mostProblems), ...more],
  })
}

function parsed(text: string, file: string): unknown {
  try {
    // A file of prices needs no aliases, and without them it cannot be larger than it looks.
    return parse(text, { maxAliasCount: 0, logLevel: 'error' })
  } catch (error) {
    throw priceFailure('price-file-unreadable', { file, reason: reasonOf(error) }, error)
  }
}

/** One byte more than allowed is read at most, so that a file of any size is refused without being read whole. */
async function readText(path: string, file: string): Promise<string> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    const parts: Uint8Array[] = []
    for await (const part of handle.createReadStream({ end: mostBytes })) parts.push(part)
    const bytes = Buffer.concat(parts)
    if (bytes.length > mostBytes) throw new Error('it has more than 4 MiB')
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) throw priceFailure('price-file-missing', { file }, error)
    throw priceFailure('price-file-unreadable', { file, reason: reasonOf(error) }, error)
  } finally {
    await handle?.close()
  }
}

/** The first line: the others are an excerpt of the file. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return (text.split('\n')[0] ?? '').replace(/[.:]$/, '')
}
