/** Opens appliances of this machine for a site of vSphere, with what their properties are to be for one machine of a lab. */
import { stat } from 'node:fs/promises'
import {
  applianceValues,
  checkedProperties,
  managementOf,
  type OvfDescriptor,
  type OvfPackage,
  openOvfPackage,
  readOvf,
} from '#guests'
import type { Machine, ResolvedLab } from '#lab'
import type { OvfContent, PackageSource } from './providers/vsphere/index.ts'

export interface PackageWish {
  readonly lab: ResolvedLab
  /** What machines are told besides, by names such as `guestinfo.hostname`. */
  readonly guestInfo: Readonly<Record<string, string>>
  /** Of root of nested hosts. */
  readonly password: () => Promise<string>
}

/** What a descriptor says for one machine. Fails as `openPackageFor`. */
export async function describedFor(
  descriptorText: string,
  machine: Machine,
  wish: PackageWish,
): Promise<Pick<OvfContent, 'networks' | 'properties'>> {
  const descriptor = readOvf(descriptorText)
  const properties = await propertiesFor(descriptor, machine, wish)
  return { networks: descriptor.networks, properties }
}

/** Of packages whose sums were right: where they were, and what the file system said of them. */
const checked = new Map<string, string>()

/**
 * A package is read through once in a process, however many machines are made from it. Fails with `ova-unfit`,
 * `ovf-unreadable`, `file-missing`, `ovf-property-missing`, `esxi-settings-refused`, `esxi-password-weak`.
 */
export async function openPackageFor(
  { file }: PackageSource,
  machine: Machine,
  wish: PackageWish & { readonly signal: AbortSignal; readonly skipsSums: boolean },
): Promise<OvfContent> {
  const { signal } = wish
  const stamp = await stampOf(file)
  const skipsSums = wish.skipsSums || (stamp !== undefined && checked.get(file) === stamp)
  const opened = await openOvfPackage(file, { signal, skipsSums })
  try {
    if (!skipsSums && stamp !== undefined) checked.set(file, stamp)
    return contentOf(opened, await propertiesFor(opened.descriptor, machine, wish))
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

function contentOf(opened: OvfPackage, properties: OvfContent['properties']): OvfContent {
  const { descriptor, descriptorText, files } = opened
  return {
    descriptor: descriptorText,
    networks: descriptor.networks,
    properties,
    files,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** Of a file of an OVF it is that of the descriptor, which names the sums of all others only in a file of its own. */
async function stampOf(file: string): Promise<string | undefined> {
  if (!/\.ova$/i.test(file)) return undefined
  const seen = await stat(file).catch(() => undefined)
  return seen && [seen.dev, seen.ino, seen.size, seen.mtimeMs, seen.ctimeMs].join(' ')
}

/** Only what the descriptor offers; of a nested ESXi with its password, which such appliances take in no other way. */
async function propertiesFor(
  descriptor: OvfDescriptor,
  machine: Machine,
  { lab, guestInfo, password }: PackageWish,
): Promise<Readonly<Record<string, string>>> {
  const offered = new Set(
    descriptor.properties.filter(({ userConfigurable }) => userConfigurable).map(({ key }) => key),
  )
  const isAppliance = machine.hypervisor?.product === 'esxi' && offered.has('guestinfo.password')
  const settings = isAppliance && {
    hostname: machine.name,
    network: managementOf(lab, machine),
    domain: `${lab.name}.test`,
    password: await password(),
  }
  const values = {
    ...guestInfo,
    ...(settings && applianceValues(settings)),
    ...machine.traits?.hardware?.settings,
  }
  const taken = Object.entries(values).filter(([key]) => offered.has(key))
  return checkedProperties(Object.fromEntries(taken), descriptor)
}
