/** How each kind of guest starts: kernel parameters and disks. */
import type { Boot, Disk, ImageFile } from '#lab'
import type { Image } from './guest.ts'

/**
 * Each of these saves a measurable part of a boot under TCG and harms nothing under KVM: no speculation workarounds
 * to patch in, no timer calibration, no self-tests, no clearing of pages that a lab does not need cleared.
 */
const kernelParameters = [
  'console=ttyS0',
  'quiet',
  'mitigations=off',
  'tsc=reliable',
  'no_timer_check',
  'random.trust_cpu=on',
  '8250.nr_uarts=1',
  'init_on_alloc=0',
  'cryptomgr.notests',
  'audit=0',
  'lsm=capability',
  // With one CPU the kernel would patch every lock prefix away: 0.2 s.
  'noreplace-smp',
  // What wakes an idle machine for nothing; each level of emulation makes a wake dearer (docs/benchmarks.md).
  'nowatchdog',
  'sysctl.vm.compaction_proactiveness=0',
  'sysctl.vm.stat_interval=60',
]

export interface OrderParts {
  readonly image: Image
  readonly settings: string
  readonly library?: ImageFile
}

export function linuxBoot({ image, settings, library }: OrderParts): Boot {
  const file = (name: string): ImageFile => ({ image: image.sha256, file: name })
  const root: readonly Disk[] =
    'root.erofs' in image.files
      ? [{ kind: 'image', source: file('root.erofs'), format: 'raw', overlay: false }]
      : []
  return {
    ...(image.guest === 'tiny' ? { board: 'microvm' } : { hasAgent: true, oneCpuEmulated: true }),
    kernel: file('vmlinux'),
    initrd: file('initrd'),
    cmdline: kernelParameters.join(' '),
    disks: [...root, ...libraryDisk(library)],
    settings,
  }
}

/** A disk with its own boot loader, and a seed that tells cloud-init what the settings tell our own guests. */
export function cloudBoot({
  image,
  library,
  seed,
}: Omit<OrderParts, 'settings'> & { seed: Uint8Array }): Boot {
  const format = 'disk.qcow2' in image.files ? 'qcow2' : 'raw'
  const source: ImageFile = { image: image.sha256, file: `disk.${format}` }
  return {
    hasAgent: true,
    disks: [
      { kind: 'image', source, format, overlay: true },
      { kind: 'made', content: seed, serial: 'cidata' },
      ...libraryDisk(library),
    ],
    settings: '',
  }
}

function libraryDisk(library: ImageFile | undefined): readonly Disk[] {
  return library ? [{ kind: 'library', source: library }] : []
}
