/** The verdict on a machine's accelerator. */

export interface AcceleratorVerdict {
  /** `none`: there is no QEMU. */
  readonly accelerator: 'kvm' | 'tcg' | 'none'
  /** A whole sentence. */
  readonly because: string
  /** What would make it KVM; absent when it is. */
  readonly remedy?: string
  /** False when nothing was run to find out, because it could not work or there was no guest to run. */
  readonly proven: boolean
  /** ISO 8601. */
  readonly provenAt: string
  readonly qemuVersion: string
  /** /proc/sys/kernel/random/boot_id: a verdict does not outlive the boot it was found in. */
  readonly bootId: string
}
