/** Unpacks the LZ4 "legacy" stream that Linux kernels are packed in. */

const legacyMagic = 0x184c2102

/** Throws when the stream is not of that kind or is cut off. Blocks unpack to 8 MiB each at most. */
export function unpackLz4Legacy(packed: Uint8Array): Buffer {
  const input = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  if (input.length < 8 || input.readUInt32LE(0) !== legacyMagic) throw new Error('not an LZ4 legacy stream')
  const blocks: Buffer[] = []
  let position = 4
  while (position + 4 <= input.length) {
    const size = input.readUInt32LE(position)
    position += 4
    if (size === 0 || size === legacyMagic) continue
    if (position + size > input.length) throw new Error('the LZ4 stream is cut off')
    blocks.push(unpackBlock(input.subarray(position, position + size), 8 * 1024 * 1024))
    position += size
  }
  return Buffer.concat(blocks)
}

/** One block: sequences of literals and matches, see "LZ4 Block Format Description" of the LZ4 project. */
export function unpackBlock(block: Uint8Array, limit: number): Buffer {
  const output = Buffer.allocUnsafe(limit)
  let from = 0
  let to = 0
  const length = (nibble: number): number => {
    let total = nibble
    if (nibble !== 15) return total
    for (let byte = 255; byte === 255; total += byte) byte = at(block, from++)
    return total
  }
  while (from < block.length) {
    const token = at(block, from++)
    const literals = length(token >> 4)
    if (from + literals > block.length || to + literals > limit) throw new Error('an LZ4 block is damaged')
    output.set(block.subarray(from, from + literals), to)
    from += literals
    to += literals
    if (from >= block.length) break
    const distance = at(block, from) | (at(block, from + 1) << 8)
    from += 2
    const matched = length(token & 15) + 4
    if (distance === 0 || distance > to || to + matched > limit) throw new Error('an LZ4 block is damaged')
    copyMatch(output, to, distance, matched)
    to += matched
  }
  return output.subarray(0, to)
}

/** Source and target may overlap: then the bytes just written are repeated. */
function copyMatch(output: Buffer, to: number, distance: number, length: number): void {
  if (distance >= length) output.copyWithin(to, to - distance, to - distance + length)
  else for (let index = 0; index < length; index += 1) output[to + index] = output[to + index - distance] ?? 0
}

function at(block: Uint8Array, index: number): number {
  const byte = block[index]
  if (byte === undefined) throw new Error('an LZ4 block is cut off')
  return byte
}
