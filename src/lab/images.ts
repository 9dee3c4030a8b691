/** The images that lab files may name: those Nestlab builds, and those only the user can supply. */
import { products } from './products.ts'

export interface WellKnownImage {
  readonly name: string
  /** `built` by `nestlab image build`; `by-user` = its licence lets only the user bring it in. */
  readonly supplied: 'built' | 'by-user'
  /** The hypervisor product in it; absent for guests that are none. */
  readonly product?: string
  /** Version of the product, where the name tells it. */
  readonly version?: string
  /** For people: what it is. */
  readonly title: string
  /** For people: what the user must bring, such as an installer and a licence. Empty for built images. */
  readonly needs: string
  readonly cpus: number
  readonly memoryMiB: number
}

/** Where neither the image nor the product says more. */
export const plainMachine = { cpus: 1, memoryMiB: 512 } as const

const brought: Readonly<Record<string, string>> = {
  esxi: 'the installer ISO and a licence from Broadcom',
  hyperv: 'the installer ISO and a licence from Microsoft',
  proxmox: 'the installer ISO from Proxmox',
  'xcp-ng': 'the installer ISO from the XCP-ng project',
}

const built: readonly WellKnownImage[] = [
  { name: 'tiny', supplied: 'built', title: 'kernel and busybox', needs: '', cpus: 1, memoryMiB: 96 },
  {
    name: 'kvm-node',
    supplied: 'built',
    product: 'kvm',
    title: 'Linux with KVM and QEMU',
    needs: '',
    cpus: 2,
    memoryMiB: 384,
  },
]

/** For files about machines that are there already, of which nobody asks what they start from. */
const imported: WellKnownImage = {
  name: 'unknown-guest',
  supplied: 'by-user',
  title: 'whatever the imported machine runs',
  needs: 'an image of its own, if it is to be started',
  ...plainMachine,
}

export const wellKnownImages: readonly WellKnownImage[] = [
  ...built,
  imported,
  ...products.flatMap((product) =>
    product.versions.map(
      (version): WellKnownImage => ({
        name: product.image(version),
        supplied: 'by-user',
        product: product.name,
        version,
        title: `${product.title} ${version}`,
        needs: brought[product.name] ?? 'the installer',
        cpus: product.cpus,
        memoryMiB: product.memoryMiB[version] ?? product.memoryMiB.other,
      }),
    ),
  ),
]

const byName: ReadonlyMap<string, WellKnownImage> = new Map(
  wellKnownImages.map((image) => [image.name, image]),
)

export function wellKnownImage(name: string): WellKnownImage | undefined {
  return byName.get(name)
}
