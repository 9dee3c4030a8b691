/** The numbers and records of ISO 9660 (ECMA-119) and El Torito, read from bytes that nobody vouches for. */

export const sectorBytes = 2048

export interface DirectoryRecord {
  /** As written, with its version: `BOOT.CFG;1`. */
  readonly name: string
  readonly isFolder: boolean
  /** In sectors from the beginning of the image. */
  readonly firstSector: number
  readonly sizeBytes: number
  /** It goes on in the next record. */
  readonly isPart: boolean
}

/** The records of a folder (ECMA-119 9.1) without those for itself and its parent; undefined where they are damaged. */
export function directoryRecords(bytes: Buffer): readonly DirectoryRecord[] | undefined {
  const records: DirectoryRecord[] = []
  for (let place = 0; place < bytes.length; ) {
    const length = bytes[place] ?? 0
    if (length === 0) {
      // No record crosses the end of a sector; what is left of it is filled with zeros.
      place += sectorBytes - (place % sectorBytes)
      continue
    }
    const record = bytes.subarray(place, place + length)
    const nameBytes = record[32] ?? 0
    if (length < 34 || record.length < length || 33 + nameBytes > length) return undefined
    const name = record.toString('latin1', 33, 33 + nameBytes)
    if (name !== '\0' && name !== '\x01') records.push(recordOf(record, name))
    place += length
  }
  return records
}

function recordOf(record: Buffer, name: string): DirectoryRecord {
  const flags = record[25] ?? 0
  return {
    name,
    isFolder: (flags & 2) !== 0,
    firstSector: record.readUInt32LE(2),
    sizeBytes: record.readUInt32LE(10),
    isPart: (flags & 0x80) !== 0,
  }
}

export interface BootEntry {
  readonly firmware: 'bios' | 'uefi'
  readonly firstSector: number
  /** What the firmware loads, in units of 512 bytes. */
  readonly loadBlocks: number
}

/** The entries of a boot catalogue without emulation (El Torito 1.0, 2.0), or why it is none. */
export function bootEntries(catalog: Buffer): readonly BootEntry[] | { readonly reason: string } {
  if (catalog.length < sectorBytes || catalog[0] !== 1 || catalog.readUInt16LE(30) !== 0xaa55)
    return { reason: 'its boot catalogue is damaged' }
  let sum = 0
  for (let place = 0; place < 32; place += 2) sum = (sum + catalog.readUInt16LE(place)) & 0xffff
  if (sum !== 0) return { reason: 'the checksum of its boot catalogue is wrong' }
  const entries: BootEntry[] = []
  const add = (place: number, platform: number): boolean => {
    if (catalog[place] !== 0x88) return true
    const firmware = firmwareOf(platform)
    if (firmware === undefined || ((catalog[place + 1] ?? 0) & 0x0f) !== 0) return false
    const loadBlocks = catalog.readUInt16LE(place + 6)
    entries.push({ firmware, loadBlocks, firstSector: catalog.readUInt32LE(place + 8) })
    return true
  }
  let fine = add(32, catalog[1] ?? 0)
  for (let place = 64; place + 32 <= sectorBytes; ) {
    const kind = catalog[place]
    if (kind !== 0x90 && kind !== 0x91) break
    const [platform = 0, count] = [catalog[place + 1], catalog.readUInt16LE(place + 2)]
    for (let entry = 1; entry <= count && place + 32 * entry + 32 <= sectorBytes; entry++)
      fine = add(place + 32 * entry, platform) && fine
    place += 32 * (count + 1)
    if (kind === 0x91) break
  }
  return fine ? entries : { reason: 'it boots in a way that no installer of ESXi does' }
}

function firmwareOf(platform: number): BootEntry['firmware'] | undefined {
  if (platform === 0) return 'bios'
  return platform === 0xef ? 'uefi' : undefined
}
