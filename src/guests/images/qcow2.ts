/** Tells from the first bytes of a disk image whether it can be used, without letting any program open it. */

export type DiskVerdict = { readonly format: 'raw' | 'qcow2' } | { readonly refused: string }

/** QEMU's docs/interop/qcow2.txt: every byte of the header that a stranger could use to reach other files. */
export function inspectDisk(head: Buffer): DiskVerdict {
  const foreign = foreignFormats.find(({ magic }) => head.subarray(0, magic.length).equals(magic))
  if (foreign) return { refused: `it is a ${foreign.name} file` }
  if (!head.subarray(0, 4).equals(Buffer.from('QFI\xfb', 'latin1'))) {
    return head.length < 512 ? { refused: 'it is too small for a disk' } : { format: 'raw' }
  }
  if (head.length < 104) return { refused: 'its header is cut off' }
  const version = head.readUInt32BE(4)
  if (version !== 2 && version !== 3) return { refused: `its qcow2 version ${version} is unknown` }
  if (head.readBigUInt64BE(8) !== 0n) return { refused: 'it is a layer over another file (a backing file)' }
  if (head.readUInt32BE(32) !== 0) return { refused: 'it is encrypted' }
  const features = version === 3 ? head.readBigUInt64BE(72) : 0n
  if (features & 4n) return { refused: 'its data is in another file (data-file)' }
  if (features & 2n) return { refused: 'it is marked as corrupt' }
  return { format: 'qcow2' }
}

const foreignFormats = [
  { name: 'VMDK', magic: Buffer.from('KDMV') },
  { name: 'VMDK descriptor', magic: Buffer.from('# Disk DescriptorFile') },
  { name: 'VHDX', magic: Buffer.from('vhdxfile') },
  { name: 'VDI', magic: Buffer.from('<<< Oracle VM VirtualBox') },
  { name: 'gzip', magic: Buffer.from([0x1f, 0x8b]) },
  { name: 'xz', magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]) },
  { name: 'zstd', magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
] as const
