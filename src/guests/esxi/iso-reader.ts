/** Reads an ISO that is not trusted: its plain ISO 9660 tree alone, so that no link and no other name of a file exists. */
import type { FileHandle } from 'node:fs/promises'
import { type BootEntry, bootEntries, directoryRecords, sectorBytes } from './iso-bytes.ts'

export interface IsoFile {
  /** From the root, as in `EFI/BOOT/BOOT.CFG`. */
  readonly path: string
  readonly firstSector: number
  readonly sizeBytes: number
}

export interface IsoContents {
  readonly volume: string
  readonly files: readonly IsoFile[]
  readonly boot: readonly BootEntry[]
  /** Where the boot catalogue is, which may also be a file. */
  readonly catalogSector: number
}

/** Why an image is not read. */
export class IsoProblem extends Error {}

/** Installers of ESXi have less than 1 GiB and some 200 files in four folders. */
const limits = { bytes: 4 * 2 ** 30, files: 5000, folders: 500, depth: 8, folderBytes: 2 ** 20 }

/** A name may also be read by a shell, in the options of a program and as a path: so these signs only. */
const safeName = /^[A-Za-z0-9_][A-Za-z0-9_.+~-]{0,30}$/

/** Rejects with an `IsoProblem`. */
export async function readIso(image: FileHandle): Promise<IsoContents> {
  const { size } = await image.stat()
  if (size > limits.bytes) throw new IsoProblem('it is larger than 4 GiB')
  const volumes = await readVolumes(image)
  const tree = new TreeReader(image, size)
  await tree.folder(volumes.root, '', 1)
  const catalog = await readSectors(image, volumes.catalogSector, sectorBytes)
  const boot = bootEntries(catalog)
  if ('reason' in boot) throw new IsoProblem(boot.reason)
  return { volume: volumes.volume, files: tree.files, boot, catalogSector: volumes.catalogSector }
}

async function readVolumes(image: FileHandle) {
  let primary: Buffer | undefined
  let catalogSector: number | undefined
  // The first 16 sectors belong to no one; the set ends with a volume of the type 255 (ECMA-119 6.7.1).
  for (let sector = 16; sector < 32; sector++) {
    const volume = await readSectors(image, sector, sectorBytes)
    if (volume.toString('latin1', 1, 6) !== 'CD001') throw new IsoProblem('it is no ISO 9660 image')
    const [type] = volume
    if (type === 255) break
    if (type === 1) primary ??= volume
    if (type === 0 && volume.toString('latin1', 7, 30) === 'EL TORITO SPECIFICATION')
      catalogSector ??= volume.readUInt32LE(0x47)
  }
  if (!primary) throw new IsoProblem('it has no primary volume')
  if (primary.readUInt16LE(128) !== sectorBytes) throw new IsoProblem('its sectors are not of 2048 bytes')
  if (catalogSector === undefined) throw new IsoProblem('it cannot be booted from')
  const volume = primary.toString('latin1', 40, 72).trimEnd()
  if (!/^[A-Za-z0-9_. -]{0,32}$/.test(volume))
    throw new IsoProblem('the name of its volume has strange signs')
  const root = { firstSector: primary.readUInt32LE(156 + 2), sizeBytes: primary.readUInt32LE(156 + 10) }
  return { volume, root, catalogSector }
}

interface Extent {
  readonly firstSector: number
  readonly sizeBytes: number
}

class TreeReader {
  readonly files: IsoFile[] = []
  readonly #image: FileHandle
  readonly #imageBytes: number
  readonly #names = new Set<string>()
  readonly #folders = new Set<number>()
  #totalBytes = 0

  constructor(image: FileHandle, imageBytes: number) {
    this.#image = image
    this.#imageBytes = imageBytes
  }

  async folder(extent: Extent, above: string, depth: number): Promise<void> {
    if (depth > limits.depth) throw new IsoProblem(`its folders are more than ${limits.depth} deep`)
    if (extent.sizeBytes > limits.folderBytes) throw new IsoProblem('one of its folders is too large')
    if (this.#folders.has(extent.firstSector)) throw new IsoProblem('one of its folders contains itself')
    this.#folders.add(extent.firstSector)
    if (this.#folders.size > limits.folders)
      throw new IsoProblem(`it has more than ${limits.folders} folders`)
    const records = directoryRecords(await readSectors(this.#image, extent.firstSector, extent.sizeBytes))
    if (!records) throw new IsoProblem('one of its folders is damaged')
    for (const record of records) {
      const path = `${above}${this.#nameOf(record.name, above)}`
      if (record.isPart) throw new IsoProblem(`${path} is in several parts`)
      if (record.isFolder) await this.folder(record, `${path}/`, depth + 1)
      else this.#add({ path, firstSector: record.firstSector, sizeBytes: record.sizeBytes })
    }
  }

  #nameOf(written: string, above: string): string {
    const name = written.replace(/;\d+$/, '').replace(/\.$/, '')
    if (!safeName.test(name))
      throw new IsoProblem(`one of its files is called ${JSON.stringify(name.slice(0, 40))}`)
    // Two names that differ only in case would be one on some systems.
    const key = `${above}${name}`.toLowerCase()
    if (this.#names.has(key)) throw new IsoProblem(`it has ${above}${name} twice`)
    this.#names.add(key)
    return name
  }

  #add(file: IsoFile): void {
    const end = file.firstSector * sectorBytes + file.sizeBytes
    if (file.sizeBytes > 0 && end > this.#imageBytes)
      throw new IsoProblem(`${file.path} ends behind the end of the image, which is cut off`)
    this.files.push(file)
    this.#totalBytes += file.sizeBytes
    if (this.files.length > limits.files) throw new IsoProblem(`it has more than ${limits.files} files`)
    if (this.#totalBytes > limits.bytes) throw new IsoProblem('its files are larger than 4 GiB together')
  }
}

export async function readFileOf(image: FileHandle, file: IsoFile): Promise<Buffer> {
  return readSectors(image, file.firstSector, file.sizeBytes)
}

async function readSectors(image: FileHandle, firstSector: number, sizeBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(sizeBytes)
  const { bytesRead } = await image.read(buffer, 0, sizeBytes, firstSector * sectorBytes)
  if (bytesRead < sizeBytes) throw new IsoProblem('it is cut off')
  return buffer
}
