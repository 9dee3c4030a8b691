/** Reads which shared libraries an ELF program or library asks for. */

const dynamicSegment = 2
const loadSegment = 1
const tagNeeded = 1n
const tagStringTable = 5n

/** Names such as `libc.so.6`; empty for static programs and for files that are not 64-bit ELF. */
export function neededLibraries(file: Buffer): readonly string[] {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2) return []
  const segments = programHeaders(file)
  const dynamic = segments.find(({ type }) => type === dynamicSegment)
  if (!dynamic) return []
  const entries = dynamicEntries(file.subarray(dynamic.offset, dynamic.offset + dynamic.size))
  const table = entries.find(([tag]) => tag === tagStringTable)?.[1]
  if (table === undefined) return []
  const home = segments.find(
    ({ type, address, size }) => type === loadSegment && address <= table && table < address + BigInt(size),
  )
  if (!home) return []
  const strings = home.offset + Number(table - home.address)
  return entries.filter(([tag]) => tag === tagNeeded).map(([, at]) => textAt(file, strings + Number(at)))
}

function programHeaders(file: Buffer) {
  const start = Number(file.readBigUInt64LE(32))
  const size = file.readUInt16LE(54)
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = start + index * size
    return {
      type: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 8)),
      address: file.readBigUInt64LE(at + 16),
      size: Number(file.readBigUInt64LE(at + 32)),
    }
  })
}

function dynamicEntries(bytes: Buffer): (readonly [tag: bigint, value: bigint])[] {
  const count = Math.floor(bytes.length / 16)
  return Array.from({ length: count }, (_, index) => [
    bytes.readBigUInt64LE(index * 16),
    bytes.readBigUInt64LE(index * 16 + 8),
  ])
}

function textAt(file: Buffer, start: number): string {
  return file.toString('latin1', start, file.indexOf(0, start))
}
