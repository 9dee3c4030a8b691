/**
 * The cloud instances of a lab, and what runs its machines there. The instance is level 0: QEMU with KVM runs the
 * machines of level 1 in it, or Hyper-V where its system is Windows. To the cloud that is nesting already, so a hypervisor
 * of level 1 with machines inside is one level more than clouds speak of.
 */
import { type CloudSize, type CloudFacts as CloudTerms, cloudFacts, cloudSize } from '#facts'
import type { CloudFacts, CloudProvider } from '#lab'
import type { LabPath } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'

export interface Instance {
  readonly provider: CloudProvider
  /** `Amazon EC2`. */
  readonly title: string
  readonly terms: CloudTerms
  /** As the file has it; absent where a class names none. */
  readonly sizeName?: string | undefined
  /** Absent when the name is none of this cloud's. */
  readonly size?: CloudSize | undefined
  /** `site.cloud`, or the class whose seats are instances. */
  readonly at: LabPath
  /** Further facts, where the site is the instance. */
  readonly cloud?: CloudFacts | undefined
  /** What runs the machines of level 1 in it; absent where its system is not known. */
  readonly hypervisor?: string | undefined
}

/** The site, and the seats of a class where they are in another cloud or of another size. */
export function instancesOf({ lab, site: { cloud } }: Scene): readonly Instance[] {
  const { provider, size } = lab.class ?? {}
  const ofSite = cloud && instanceOf(cloud.provider, cloud.size, { at: ['site', 'cloud'], cloud })
  const same = provider === cloud?.provider && (size === undefined || size === cloud?.size)
  const ofClass = provider && !same ? instanceOf(provider, size, { at: ['class'] }) : undefined
  return [ofSite, ofClass].filter((one) => one !== undefined)
}

function instanceOf(
  provider: CloudProvider,
  sizeName: string | undefined,
  { at, cloud }: Pick<Instance, 'at' | 'cloud'>,
): Instance | undefined {
  const terms = cloudFacts(provider)
  if (!terms) return undefined
  const size = sizeName === undefined ? undefined : cloudSize(provider, sizeName)
  return { provider, title: terms.title, terms, sizeName, size, at, cloud, hypervisor: systemRuns(cloud?.os) }
}

function systemRuns(os: string | undefined): string | undefined {
  if (os === undefined) return undefined
  const named = /windows|hyper-?v|esxi|proxmox|xcp-?ng/i.exec(os)?.[0].toLowerCase().replace('-', '')
  if (named === undefined) return 'kvm'
  return { windows: 'hyperv', xcpng: 'xcp-ng' }[named] ?? named
}

/** The hypervisor of the instance runs as on a physical machine. */
export const isMetal = ({ size }: Instance): boolean => size?.nested === 'metal'

/** Machines of level 1 that hold others: to the cloud, a third level begins in them. */
export function deeperIn({ machines }: Scene): readonly Placed[] {
  return machines.filter(
    ({ host, machine }) => !host && (machine.hypervisor?.inside.machines.length ?? 0) > 0,
  )
}

/** Azure Lab Services allows nothing but Hyper-V, on any level. */
export function isForbidden(provider: CloudProvider, product: string | undefined): boolean {
  if (provider !== 'azure-lab-services' || product === undefined) return false
  return !(cloudFacts(provider)?.guestHypervisors.includes(product) ?? true)
}
