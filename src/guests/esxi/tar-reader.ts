/** Lists the files of a tar archive that is not trusted: plain files at its top, and nothing else. */
import type { FileHandle } from 'node:fs/promises'

export interface TarMember {
  readonly name: string
  /** Where its bytes begin in the archive. */
  readonly offsetBytes: number
  readonly sizeBytes: number
}

/** Why an archive is not read. */
export class TarProblem extends Error {}

const blockBytes = 512
const mostMembers = 64

/** Values that others give to fields of the next header: what it says would no longer count. */
const overriding = /^\d+ (?:path|linkpath|size)=/m

/** Rejects with a `TarProblem`. */
export async function readTar(archive: FileHandle): Promise<readonly TarMember[]> {
  const { size } = await archive.stat()
  const members: TarMember[] = []
  for (let place = 0; place < size; ) {
    const header = await readBytes(archive, place, blockBytes)
    if (header.every((byte) => byte === 0)) break
    const { name, type, sizeBytes } = headerOf(header)
    const offsetBytes = place + blockBytes
    if (offsetBytes + sizeBytes > size) throw new TarProblem(`it is cut off inside ${name}`)
    if (type === 'x' || type === 'g') await checkExtension(archive, offsetBytes, sizeBytes)
    else members.push({ name: checkMember(name, type, members), offsetBytes, sizeBytes })
    place = offsetBytes + Math.ceil(sizeBytes / blockBytes) * blockBytes
  }
  if (members.length === 0) throw new TarProblem('it is empty')
  return members
}

/** POSIX.1-1988 "ustar"; sizes from 8 GiB on as GNU tar writes them. */
function headerOf(header: Buffer) {
  const text = (from: number, to: number) => header.toString('latin1', from, to).replace(/\0.*$/s, '')
  const sum = header.reduce((total, byte, place) => total + (place >= 148 && place < 156 ? 32 : byte), 0)
  if (!/^[0-7 ]+$/.test(text(148, 156)) || Number.parseInt(text(148, 156), 8) !== sum)
    throw new TarProblem('it is no tar archive, or damaged')
  const prefix = text(257, 262) === 'ustar' ? text(345, 500) : ''
  const type = text(156, 157) || '0'
  return { name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, type, sizeBytes: sizeOf(header) }
}

function sizeOf(header: Buffer): number {
  const field = header.subarray(124, 136)
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const size = field.readBigUInt64BE(4)
    if (field[0] === 0x80 && field.subarray(1, 4).every((byte) => byte === 0) && size < 2n ** 44n)
      return Number(size)
    throw new TarProblem('it has a file of an impossible size')
  }
  const octal = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart()
  if (!/^[0-7]{1,12}$/.test(octal)) throw new TarProblem('it has a file of an impossible size')
  return Number.parseInt(octal, 8)
}

function checkMember(name: string, type: string, before: readonly TarMember[]): string {
  const shown = JSON.stringify(name.slice(0, 60))
  if (type !== '0') throw new TarProblem(`${shown} in it is a link, a folder or a device`)
  return memberName(name, before)
}

/** The name of a file beside others, which leads nowhere else. Throws a `TarProblem`. */
export function memberName(name: string, before: readonly { readonly name: string }[]): string {
  const shown = JSON.stringify(name.slice(0, 60))
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.()+ -]{0,99}$/.test(name))
    throw new TarProblem(`a file in it is called ${shown}`)
  if (before.some((member) => member.name.toLowerCase() === name.toLowerCase()))
    throw new TarProblem(`it has ${shown} twice`)
  if (before.length >= mostMembers) throw new TarProblem(`it has more than ${mostMembers} files`)
  return name
}

async function checkExtension(archive: FileHandle, offsetBytes: number, sizeBytes: number): Promise<void> {
  if (sizeBytes > 65_536) throw new TarProblem('it has an extended header of more than 64 KiB')
  const text = (await readBytes(archive, offsetBytes, sizeBytes)).toString('latin1')
  if (overriding.test(text)) throw new TarProblem('an extended header in it changes names or sizes')
}

export async function readBytes(archive: FileHandle, place: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await archive.read(buffer, 0, length, place)
  if (bytesRead < length) throw new TarProblem('it is cut off')
  return buffer
}
