/** A site of vSphere: the engine on a vCenter or ESXi host, and inside every nested ESXi on that one itself. */
import { createHash } from 'node:crypto'
import { type Engine, openEngine, type Surroundings } from '#engine'
import { Failure } from '#failure'
import type { Machine, ResolvedLab } from '#lab'
import type { Provider } from '#providers'
import { loadLabKeys, type VsphereSite } from '#store'
import { failSite } from './errors.ts'
import { openLocalGuests } from './image-service.ts'
import {
  type Connection,
  type HostLogin,
  openVsphereProvider,
  type VsphereLevel,
} from './providers/vsphere/index.ts'
import type { Place } from './services.ts'
import { variableOf } from './site-passwords.ts'
import { openDiskFor } from './vsphere-disks.ts'
import { guestInfoOf, vsphereGuests } from './vsphere-guests.ts'
import { evcModeOf, hardwareOf, hasTools } from './vsphere-hardware.ts'
import { sourceIn } from './vsphere-images.ts'
import { copyOf, isosPassedOn, passedOnTo, placeInside } from './vsphere-inside.ts'
import { describedFor, openPackageFor } from './vsphere-packages.ts'
import { type Pin, pinOf, takeOver } from './vsphere-pins.ts'

/** How to log in; passwords are asked for when they are needed. */
export interface VsphereAccess {
  site(signal: AbortSignal): Promise<Connection>
  /** To a nested host at that address, held to what the pin says. */
  nested(url: URL, signal: AbortSignal, pin: Pin): Promise<Connection>
  /** Of whoever logs in to nested hosts. */
  nestedPassword(): Promise<string>
  /** SHA-1 of the certificate that a nested host shows, with colons; held to what the pin says. */
  thumbprint(url: URL, pin: Pin): Promise<string | undefined>
  /** Time that a machine gets to count as up; absent: what its kind needs. */
  readonly bootLimitMs?: number
}

export function openVsphereEngine(place: Place, site: VsphereSite, access: VsphereAccess): Engine {
  const openSite = async (lab: ResolvedLab, signal: AbortSignal): Promise<Provider> => {
    const connection = await access.site(signal)
    const on = { place, site, lab }
    const level = await levelOf(on, connection, access)
    return openVsphereProvider({
      ...level,
      loginOf: (machine) => loginOf(on, machine, access),
      joined: async (machine, certificate) => {
        const url = leavesInside(site, machine) === undefined ? addressOf(site, machine) : undefined
        if (url) await takeOver(url, pinOf(place.roots, lab.name, machine.path), certificate)
      },
    })
  }
  const surroundings: Surroundings = {
    roots: place.roots,
    clock: place.clock,
    guests: vsphereGuests(place.roots, site, access.bootLimitMs),
    openSite,
    openInside: async ({ hypervisor }) => {
      throw new Error(`the inside of ${hypervisor.path} cannot be driven from outside`)
    },
    openInsideByApi: (hypervisor, lab, signal) => {
      if (hypervisor.hypervisor?.product !== 'esxi') return undefined
      return openNested({ place, site, lab }, { hypervisor, access, signal })
    },
    leavesInside: (hypervisor) => leavesInside(site, hypervisor),
    isCopy: (hypervisor, lab) => copyOf(site, lab, hypervisor) !== undefined,
    switchesFirst: true,
    hasOwnImages: true,
    makesClusters: site.clusters === 'create',
    statusNotes: (lab) => statusNotes(site, lab),
    lacking: (machine, lab) => lacking({ place, site, lab }, machine, access),
  }
  return openEngine(surroundings)
}

interface On {
  readonly place: Place
  readonly site: VsphereSite
  readonly lab: ResolvedLab
}

async function levelOf(
  { place, site, lab }: On,
  connection: Connection,
  access: VsphereAccess,
): Promise<VsphereLevel> {
  const { datacenter, cluster, datastore, folder, proof = 'tools' } = site
  const wishFor = (machine: Machine) => ({
    lab,
    guestInfo: guestInfoOf(lab, machine, ''),
    password: () => access.nestedPassword(),
  })
  return {
    connection,
    lab: lab.name,
    owner: await ownerOf(place, lab),
    target: { datacenter, cluster, datastore, folder },
    hardwareOf,
    evcModeOf,
    sourceOf: (machine) => passedOnTo(sourceIn(site, lab, machine), machine),
    passedOn: (machine) =>
      leavesInside(site, machine) === undefined ? isosPassedOn(site, lab, machine) : [],
    openPackage: (source, machine, options) =>
      openPackageFor(source, machine, { ...wishFor(machine), ...options }),
    describedBy: (descriptor, machine) => describedFor(descriptor, machine, wishFor(machine)),
    filters: filtersOf(lab),
    hasTools,
    proof,
    guestInfoOf: (machine, settings) => guestInfoOf(lab, machine, settings),
    openDisk: async (source, machine) => {
      const { roots } = place
      return await openDiskFor({ roots, guests: openLocalGuests(roots) }, { source, machine })
    },
    forgets: (machine) => pinOf(place.roots, lab.name, machine.path).forget(),
  }
}

/** Whoever has the keys of a lab owns it, also on another machine that they were copied to. */
async function ownerOf({ roots }: Place, lab: ResolvedLab): Promise<string | undefined> {
  const keys = await loadLabKeys(roots, lab.name)
  return keys && createHash('sha256').update(keys.clientPublic).digest('hex').slice(0, 16)
}

async function openNested(
  on: On,
  {
    hypervisor,
    access,
    signal,
  }: { readonly hypervisor: Machine; readonly access: VsphereAccess; readonly signal: AbortSignal },
): Promise<Provider> {
  const url = addressOf(on.site, hypervisor)
  if (!url) throw new Error(`${hypervisor.path} has no address at which it could be asked`)
  const pin = pinOf(on.place.roots, on.lab.name, hypervisor.path)
  const connection = await access.nested(url, signal, pin).catch((error: unknown) => {
    if (!(error instanceof Failure) || error.code !== 'vsphere-login-refused') throw error
    const { name, nested } = on.site
    const told = { machine: hypervisor.path, server: url.host, variable: variableOf(name, 'nested') }
    throw failSite('nested-login-refused', { ...told, user: nested?.user ?? 'root' }, error)
  })
  const level = await levelOf(on, connection, access)
  const copy = copyOf(on.site, on.lab, hypervisor)
  return openVsphereProvider({ ...level, ...placeInside(on.lab, hypervisor), copy })
}

/** At its own address, since vCenter may reach it in another way than this machine does. */
async function loginOf(
  { place, site, lab }: On,
  machine: Machine,
  access: VsphereAccess,
): Promise<HostLogin> {
  const hostName = machine.nics.find((nic) => nic.address)?.address?.ip
  if (hostName === undefined)
    throw new Error(`${machine.path} has no address at which it could join a cluster`)
  const url = addressOf(site, machine)
  const pin = pinOf(place.roots, lab.name, machine.path)
  const isLeft = leavesInside(site, machine) !== undefined
  const shown = url && !isLeft ? await access.thumbprint(url, pin) : undefined
  return {
    hostName,
    user: site.nested?.user ?? 'root',
    password: await access.nestedPassword(),
    ...(shown !== undefined && { thumbprint: shown }),
  }
}

/** Where the site says it is reached, or at the first address that the file gives it. */
export function addressOf({ reach = {} }: VsphereSite, { path, nics }: Machine): URL | undefined {
  const said = Object.hasOwn(reach, path) ? reach[path] : undefined
  if (said !== undefined) return new URL(said)
  const address = nics.find((nic) => nic.address)?.address
  return address && new URL(`https://${address.ip}/sdk`)
}

/** On a simulator nothing runs in machines, so only what the site says how to reach can be looked into. */
function leavesInside({ proof, reach = {} }: VsphereSite, { path, hypervisor }: Machine): string | undefined {
  if (proof !== 'power' || (hypervisor?.product === 'esxi' && Object.hasOwn(reach, path))) return undefined
  return 'Machines of this site count as up when they have power, and what is inside them is left alone.'
}

function statusNotes(site: VsphereSite, lab: ResolvedLab): readonly string[] {
  if (site.proof !== 'power') return []
  const alone = lab.top.machines.filter(
    (machine) => machine.hypervisor && leavesInside(site, machine) !== undefined,
  )
  const names = alone.map(({ path }) => path).join(', ')
  return [
    `Machines of site ${site.name} count as up as soon as they have power.`,
    ...(alone.length > 0 ? [`What is inside ${names} is left alone.`] : []),
  ]
}

/** All that is wanting of the site before the machine can run. */
async function lacking(
  { place, site, lab }: On,
  machine: Machine,
  access: VsphereAccess,
): Promise<string | undefined> {
  const around = hypervisorAround(lab, machine)
  if (around && leavesInside(site, around) !== undefined) return undefined
  if (around && around.hypervisor?.product !== 'esxi') {
    return 'Images cannot be brought into a KVM node on vSphere yet, so nothing can be started inside it.'
  }
  const wants: string[] = []
  const isInCluster = clusterOf(lab, machine) !== undefined
  const isEntered = machine.hypervisor?.product === 'esxi' && leavesInside(site, machine) === undefined
  if (isInCluster && site.clusters !== 'create')
    wants.push(setting(site, 'that clusters may be made', 'clusters create'))
  if ((isEntered || isInCluster) && !site.nested)
    wants.push(setting(site, 'who logs in to nested hosts', 'nested.user root'))
  const found = sourceIn(site, lab, machine)
  // Appliances are told the password of root before anybody logs in.
  const isTold =
    'source' in found &&
    (found.source?.kind === 'package' || found.source?.kind === 'library') &&
    machine.hypervisor?.product === 'esxi'
  if ((site.nested && (isEntered || isInCluster)) || isTold) wants.push(...(await wantedPassword(access)))
  if ('refusal' in found) wants.push(found.refusal)
  else if (!found.source) wants.push(wantedImage(site, machine))
  else if (found.source.kind === 'disk' && !(await hasImage(place, machine)))
    wants.push(wantedImage(site, machine))
  else if (around && found.source.kind === 'template')
    wants.push(`An ESXi host alone copies no machines, so ${machine.path} cannot be a copy inside one.`)
  return wants.length > 0 ? wants.join(' ') : undefined
}

/** Asked for before anything is started, instead of in the middle. */
async function wantedPassword(access: VsphereAccess): Promise<readonly string[]> {
  try {
    await access.nestedPassword()
    return []
  } catch (error) {
    if (error instanceof Failure) return [`${error.message} ${error.remedy}`]
    throw error
  }
}

/** Files and addresses are fetched in time; a name has to be in the image store. */
async function hasImage({ roots }: Place, { image }: Machine): Promise<boolean> {
  return image.from !== 'catalogue' || (await openLocalGuests(roots).find(image)) !== undefined
}

function wantedImage(site: VsphereSite, { image }: Machine): string {
  const name = image.from === 'catalogue' ? image.name : image.sha256
  const what = `what ${name} starts from, a template or an installer`
  return setting(site, what, `images.${name} '[datastore] ${name}.iso'`)
}

function setting({ name }: VsphereSite, what: string, words: string): string {
  return `Site ${name} does not say ${what}: nestlab site set ${name} ${words}`
}

function clusterOf({ clusters = [] }: ResolvedLab, { path }: Machine): string | undefined {
  return clusters.find(({ members }) => members.includes(path))?.name
}

function hypervisorAround(lab: ResolvedLab, { path }: Machine): Machine | undefined {
  const segments = path.split('/').slice(0, -1)
  let machines = lab.top.machines
  let found: Machine | undefined
  for (const name of segments) {
    found = machines.find((one) => one.name === name)
    machines = found?.hypervisor?.inside.machines ?? []
  }
  return found
}

/** Port groups before whose NICs the dvfilter is to learn, of every level: their names are the level's own. */
function filtersOf(lab: ResolvedLab): ReadonlySet<string> {
  const names = lab.top.switches.flatMap(({ name, portgroups }) =>
    portgroups
      .filter(({ macLearning }) => macLearning?.by === 'dvfilter')
      .map((group) => `${name}/${group.name}`),
  )
  return new Set(names)
}
