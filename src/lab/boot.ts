/** How a machine starts, in words that every guest can say and every provider understands. */

export interface Boot {
  /**
   * With KVM only. `microvm`: a board without PCI and old devices, for systems that know no others than virtio's. Probing what is
   * there leaves a nested guest at every step, which made most of its boot. Absent = a PC.
   */
  readonly board?: 'microvm'
  /**
   * Emulated, it gets one CPU, however many were ordered: with several, QEMU 7.2's emulation of AMD-V loses its way
   * when an inner machine moves from one to another (docs/decisions/0010).
   */
  readonly oneCpuEmulated?: boolean
  /** The system runs the QEMU guest agent. */
  readonly hasAgent?: boolean
  /** Files of the image by the image's digest; each provider knows where its image folder is. */
  readonly kernel?: ImageFile
  readonly initrd?: ImageFile
  /** Kernel parameters, space separated; free of secrets, since process lists show them. */
  readonly cmdline?: string
  readonly disks: readonly Disk[]
  /**
   * The machine's settings, handed over as the firmware file `opt/nestlab/settings` (QEMU `-fw_cfg`): lines of
   * `key=value`. May hold secrets; providers keep it in a file only its owner reads.
   */
  readonly settings: string
}

export interface ImageFile {
  /** SHA-256 of the image that holds the file: the name of its folder. */
  readonly image: string
  readonly file: string
}

export type Disk =
  /** A file of an image. `overlay` = writable, changes kept in a layer of the machine's own. */
  | {
      readonly kind: 'image'
      readonly source: ImageFile
      readonly format: 'raw' | 'qcow2'
      readonly overlay: boolean
    }
  /** Bytes made for this machine only, read-only (a cloud-init seed). */
  | { readonly kind: 'made'; readonly content: Uint8Array; readonly serial: string }
  /**
   * The read-only disk (serial `library`) with every image the lab uses, so that hypervisors inside need no
   * download. L0 attaches `source`; a provider inside a hypervisor passes on the disk it was given itself.
   */
  | { readonly kind: 'library'; readonly source: ImageFile }
