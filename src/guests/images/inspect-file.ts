/** Judges a disk image that lies in a file, by its first bytes. */
import { open } from 'node:fs/promises'
import { type DiskVerdict, inspectDisk } from './qcow2.ts'

/** A sector: what stands further behind is not looked at. */
const headBytes = 512

export async function inspectDiskFile(file: string): Promise<DiskVerdict> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(headBytes), position: 0 })
    return inspectDisk(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}
