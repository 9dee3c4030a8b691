/** Datastores: who sees them, who serves them, and what is in the way of making them. */
import { type Known, membersOf } from './members.ts'
import type { Machine } from './model.ts'
import type { Datastore } from './model-traits.ts'
import { instead } from './near.ts'
import type { Path } from './problem.ts'
import { addPending } from './resolution.ts'
import { datastoreOf } from './resolve-traits.ts'
import type { LabInput } from './schema.ts'
import type { DatastoreInput } from './schema-sections.ts'

/** All machines of the lab by their paths. */
type Machines = ReadonlyMap<string, Machine>

interface Draft {
  readonly path: Path
  readonly datastore: Datastore
  readonly server: Machine | undefined
  readonly members: readonly Machine[]
}

export function resolveDatastores(input: LabInput, known: Known, machines: Machines): readonly Datastore[] {
  const drafts = Object.entries(input.datastores ?? {}).map(([name, one]) =>
    draftOf(name, one, { known, machines }),
  )
  for (const draft of drafts) {
    const { path, datastore, members } = draft
    // One that only hosts of the site see is a fact like the hosts themselves.
    if (datastore.members !== undefined && members.length === 0) continue
    const text =
      known.resolution.siteKind === 'vsphere'
        ? obstacle(draft, { input, drafts })
        : 'Datastores cannot be set up yet.'
    const concerned = datastore.members && { machines: members.map((member) => member.path) }
    if (text !== undefined) addPending(known.resolution, path, { text, ...concerned })
  }
  return drafts.map(({ datastore }) => datastore)
}

function draftOf(
  name: string,
  input: DatastoreInput,
  { known, machines }: { readonly known: Known; readonly machines: Machines },
): Draft {
  const path = ['datastores', name]
  const isMade = known.resolution.siteKind === 'vsphere'
  const listed = input.members && membersOf(input.members, [...path, 'members'], known)
  const members = listed ?? (isMade ? outerEsxi(machines) : undefined)
  const server = isMade || input.server !== undefined ? serverOf(path, input, { known, machines }) : undefined
  const served = server && { server: server.path, export: input.export ?? `/srv/nfs/${name}` }
  return {
    path,
    datastore: datastoreOf(name, { ...input, ...served }, members),
    server,
    members: members?.flatMap((member) => machines.get(member) ?? []) ?? [],
  }
}

/** Undefined when there is none, so that what only judges the lab still sees a datastore of all. */
function outerEsxi(machines: Machines): readonly string[] | undefined {
  const found = [...machines.values()].filter(isEsxi).filter(({ level }) => level === 1)
  return found.length > 0 ? found.map(({ path }) => path) : undefined
}

function isEsxi({ hypervisor }: Machine): boolean {
  return hypervisor?.product === 'esxi'
}

/** The one that the file names, or the only NAS of level 1. */
function serverOf(
  path: Path,
  { kind, server }: DatastoreInput,
  { known, machines }: { readonly known: Known; readonly machines: Machines },
): Machine | undefined {
  const place = [...path, 'server']
  if (server === undefined) {
    const all = [...machines.values()].filter(({ traits, level }) => traits?.role === 'nas' && level === 1)
    return kind === 'nfs' && all.length === 1 ? all[0] : undefined
  }
  const found = machines.get(server)
  if (!found) {
    const text = `There is no machine \`${server}\`.`
    known.resolution.findings.push({
      path: place,
      text,
      remedy: () => instead(server, [...machines.keys()], 'machines'),
    })
  } else if (kind !== 'nfs') {
    const text = `A datastore of kind \`${kind}\` has no server.`
    known.resolution.findings.push({ path: place, text, remedy: 'Write `kind: nfs`, or remove `server`.' })
  }
  return found
}

/** Why vSphere cannot make it, as a whole sentence. */
function obstacle(
  { datastore, server, members }: Draft,
  lab: { readonly input: LabInput; readonly drafts: readonly Draft[] },
): string | undefined {
  const { kind, name } = datastore
  if (members.length === 0 || !members.every(isEsxi))
    return 'Datastores are made inside nested ESXi hosts only.'
  if (kind === 'iscsi') return 'iSCSI targets cannot be attached yet; `kind: nfs` can.'
  if (kind === 'vsan') {
    const isMade = Object.values(lab.input.clusters ?? {}).some(({ vsan }) => vsan)
    return isMade ? undefined : 'A vSAN datastore comes of a cluster with `vsan: true`.'
  }
  if (kind === 'nfs') return withoutServer(server, members)
  if (kind === 'vmfs' && members.length > 1) {
    return 'A VMFS datastore of several hosts needs a disk that they share, which cannot be made yet; `kind: local` gives each its own.'
  }
  const short = members.find((member) => dataDisks(member) < localStores(member, lab.drafts))
  return short && `${short.path} has no empty disk for ${name}: give it one with \`disks\`.`
}

function withoutServer(server: Machine | undefined, members: readonly Machine[]): string | undefined {
  if (!server) return 'Nobody says which machine serves it: name it with `server`.'
  if (members.some((member) => ownerOf(member) !== ownerOf(server)))
    return `${server.path} must be on the level of the hosts that it serves.`
  if (!server.nics.some(({ address }) => address))
    return `${server.path} has no address at which it could serve: give one of its NICs an \`address\`.`
  return undefined
}

const ownerOf = ({ path }: Machine) => path.split('/').slice(0, -1).join('/')

const dataDisks = ({ traits }: Machine) => (traits?.disks ?? []).filter(({ use }) => use === undefined).length

function localStores(member: Machine, drafts: readonly Draft[]): number {
  return drafts.filter(
    ({ datastore: { kind }, members }) => (kind === 'local' || kind === 'vmfs') && members.includes(member),
  ).length
}
