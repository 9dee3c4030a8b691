/** Writes initramfs archives: the kernel's "newc" cpio, the same bytes for the same files. */

/** `mode` holds the file type too (S_IFMT bits). `device` is [major, minor] of a device node. */
export interface CpioEntry {
  readonly path: string
  readonly mode: number
  readonly content: Uint8Array
}

/** Entries come out in the order of their paths; owner root, time 0. */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
  const parts = sorted.map((entry, index) => record(entry, index + 1))
  parts.push(record({ path: 'TRAILER!!!', mode: 0, content: new Uint8Array() }, 0))
  return Buffer.concat(parts)
}

/** Field order: Documentation/driver-api/early-userspace/buffer-format.rst of the Linux source. */
function record({ path, mode, content }: CpioEntry, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`)
  const links = (mode & 0o170000) === 0o040000 ? 2 : 1
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0]
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  const head = Buffer.concat([Buffer.from(header), name])
  return Buffer.concat([head, padding(head.length), content, padding(content.length)])
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
