/** Hypervisor products that a lab file may name, and what Nestlab chooses where the file says nothing. */

export interface Product {
  readonly name: string
  /** For people. */
  readonly title: string
  /** Chosen when the file names none; absent where our own image decides it. */
  readonly defaultVersion?: string
  /** Versions with facts of their own; others are refused, since nothing would be known about them. */
  readonly versions: readonly string[]
  readonly cpus: number
  /** By version, else `other`. Minimums of the vendors: facts/rules.md 2.1. */
  readonly memoryMiB: Readonly<Record<string, number>> & { readonly other: number }
  readonly image: (version: string | undefined) => string
}

export const products: readonly Product[] = [
  {
    name: 'kvm',
    title: 'Linux KVM',
    versions: [],
    cpus: 2,
    memoryMiB: { other: 384 },
    image: () => 'kvm-node',
  },
  {
    name: 'esxi',
    title: 'VMware ESXi',
    defaultVersion: '8.0',
    versions: ['5.5', '6.0', '6.5', '6.7', '7.0', '8.0', '9.0'],
    cpus: 2,
    memoryMiB: { '5.5': 4096, '6.0': 4096, '6.5': 4096, '6.7': 4096, other: 8192 },
    image: (version) => `esxi-${version}`,
  },
  {
    name: 'hyperv',
    title: 'Microsoft Hyper-V',
    defaultVersion: '2022',
    versions: ['2016', '2019', '2022', '2025'],
    cpus: 2,
    memoryMiB: { other: 4096 },
    image: (version) => `hyperv-${version}`,
  },
  {
    name: 'proxmox',
    title: 'Proxmox VE',
    defaultVersion: '9',
    versions: ['7', '8', '9'],
    cpus: 2,
    memoryMiB: { other: 4096 },
    image: (version) => `proxmox-${version}`,
  },
  {
    name: 'xcp-ng',
    title: 'XCP-ng',
    defaultVersion: '8.3',
    versions: ['8.2', '8.3'],
    cpus: 2,
    memoryMiB: { other: 4096 },
    image: (version) => `xcp-ng-${version}`,
  },
]

export const productNames = products.map((product) => product.name)

/** The release that a version belongs to: `8.0` for `8.0U2` and `8.0.3`; undefined when nothing is known of it. */
export function releaseOf({ versions }: Product, version: string): string | undefined {
  return versions.find((one) => version === one || /^(?: ?[Uu]\d|\.\d)/.test(rest(version, one)))
}

function rest(version: string, release: string): string {
  return version.startsWith(release) ? version.slice(release.length) : ''
}

export function productNamed(name: string): Product | undefined {
  return products.find((product) => product.name === name)
}

/** Products that only hosts of the site have: they come with an operating system of their own. */
const hostOnly = ['workstation', 'player', 'fusion', 'virtualbox'] as const

export const hostProductNames = [...productNames, ...hostOnly]
