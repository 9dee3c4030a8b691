/**
 * The part of the tar format that a blueprint needs: ordinary files with the names of an OCI layout, and nothing else.
 * Source: POSIX.1-1988 ustar, and GNU tar's base-256 sizes for blobs of 8 GiB and more.
 */
import type { FileHandle } from 'node:fs/promises'
import { fail } from './errors.ts'

export const blockBytes = 512

export interface TarEntry {
  readonly name: string
  /** Of the content, in the file. */
  readonly offset: number
  readonly size: number
}

export interface TarListing {
  readonly entries: readonly TarEntry[]
  /** Begins in the file and ends beyond it; only where a torn file is expected. */
  readonly torn?: TarEntry
}

const fileName = /^(?:oci-layout|index\.json|blobs\/sha256\/[0-9a-f]{64})$/
const folderName = /^(?:\.|blobs|blobs\/sha256)\/?$/

/** Twice the files of a parcel, with the manifest and what signs it. */
const mostEntries = 20_100

const octalLimit = 8 ** 11

/** The block before the content of a file. The same name and size always give the same bytes. */
export function tarHeader(name: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes)
  block.write(name, 0, 100, 'latin1')
  block.write('0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  if (size < octalLimit) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(size), 128)
  }
  block.write('00000000000\0', 136)
  block.write('        0', 148)
  block.write('ustar\x0000', 257, 'latin1')
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** Bytes from the beginning of an entry's content to the next header. */
export function padded(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes
}

/** Zeros that follow the last entry. */
export const tarEnd = Buffer.alloc(2 * blockBytes)

/**
 * Lists a tar file without reading its contents. Fails with `blueprint-unreadable` when it is cut off or no tar, and
 * with `blueprint-unsafe` when it holds anything but the files of an OCI layout: links, devices, other names, two of
 * one name, or too many.
 */
export async function listTar(file: FileHandle, source: string, torn: 'torn' | 'whole'): Promise<TarListing> {
  const { size: fileBytes } = await file.stat()
  const entries: TarEntry[] = []
  const names = new Set<string>()
  const block = Buffer.alloc(blockBytes)
  const cutOff = () => fail('blueprint-unreadable', { source, reason: 'it is cut off' })
  for (let at = 0, headers = 0; ; headers++) {
    if (headers > mostEntries) throw fail('blueprint-unsafe', { source, reason: 'it holds too many files' })
    const { bytesRead } = await file.read(block, 0, blockBytes, at)
    if (bytesRead < blockBytes) {
      if (torn === 'torn') return { entries }
      throw cutOff()
    }
    if (block.every((byte) => byte === 0)) return { entries }
    const header = readHeader(block, source)
    const entry = { name: header.name, size: header.size, offset: at + blockBytes }
    if (entry.offset + entry.size > fileBytes) {
      if (torn === 'torn' && header.isFile) return { entries, torn: entry }
      throw cutOff()
    }
    at = entry.offset + padded(entry.size)
    if (!header.isFile) continue
    if (names.has(entry.name))
      throw fail('blueprint-unsafe', { source, reason: `${entry.name} is in it twice` })
    names.add(entry.name)
    entries.push(entry)
  }
}

interface Header {
  readonly name: string
  readonly size: number
  readonly isFile: boolean
}

function readHeader(block: Buffer, source: string): Header {
  const refused = (reason: string) => fail('blueprint-unsafe', { source, reason })
  const isTar = block.toString('latin1', 257, 262) === 'ustar' && checksum(block) === octal(block, 148, 8)
  if (!isTar) throw fail('blueprint-unreadable', { source, reason: 'it is neither a folder nor a tar file' })
  const type = String.fromCharCode(block[156] ?? 0)
  const size = sizeOf(block)
  const name = nameOf(block)
  if (type === '5') {
    if (size !== 0 || !folderName.test(name)) throw refused('it holds a folder that no OCI layout has')
    return { name, size, isFile: false }
  }
  if (type !== '0' && type !== '\0') throw refused(`it holds ${kindOf(type)}`)
  if (!fileName.test(name)) throw refused('it holds a file that no OCI layout has')
  if (size === undefined) throw refused(`${name} has no possible size`)
  return { name, size, isFile: true }
}

function kindOf(type: string): string {
  if (type === '1' || type === '2') return 'a link'
  if (type === '3' || type === '4' || type === '6') return 'a device'
  return 'something that is neither a file nor a folder'
}

function nameOf(block: Buffer): string {
  const prefix = text(block, 345, 155)
  const name = text(block, 0, 100)
  // Between `ustar` and GNU's `ustar  ` the prefix differs; no name of a layout needs one.
  return `${prefix === '' ? '' : `${prefix}/`}${name}`.replace(/^\.\/(?=.)/, '')
}

function text(block: Buffer, start: number, length: number): string {
  const [whole = ''] = block.toString('latin1', start, start + length).split('\0')
  return whole
}

function sizeOf(block: Buffer): number | undefined {
  if (block[124] !== 0x80) return octal(block, 124, 12)
  const high = block.readUIntBE(125, 3)
  const low = block.readBigUInt64BE(128)
  return high === 0 && low <= Number.MAX_SAFE_INTEGER ? Number(low) : undefined
}

function octal(block: Buffer, start: number, length: number): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(block.toString('latin1', start, start + length))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}

/** The sum of all bytes, with spaces where the sum itself stands. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte
  return sum
}
