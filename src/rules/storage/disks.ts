/** Disks and the datastores that hold them: that they can be reached, that they fit, and what takes space for nothing. */
import { type Datastore, type DeclaredDisk, formatMiB } from '#lab'
import { articles } from '../articles.ts'
import type { Hit, LabPath, Rule } from '../rule.ts'
import { type Placed, pathOfHost, type Scene } from '../scene.ts'
import { counted, named } from '../words.ts'
import { dataDisks, type SeenDatastores, seenDatastores, sees, seesAny } from './datastores.ts'

export const diskDatastore: Rule = {
  id: 'storage/disk-datastore',
  severity: 'error',
  title: 'Disks and logs lie on datastores that their hypervisor sees.',
  why: 'A disk is opened by the hypervisor under its machine, and logs are written by the hypervisor itself. Neither finds a datastore that it is not a member of.',
  covers: ['R102'],
  sources: [articles.S3],
  *find(scene) {
    const seen = seenDatastores(scene)
    if (seen.byName.size === 0) return
    for (const { at, name, logs } of placesOfLogs(scene)) {
      const what = { subject: `The logs of \`${name}\``, verb: 'lie' }
      const hit = reachHit({ at: [...at, 'logs'], datastore: logs, what, by: seer(seen, name) }, seen)
      if (hit) yield hit
    }
    const bySite = seerOfSite(scene, seen)
    for (const placed of scene.machines) {
      const { path, traits } = placed.machine
      const by = placed.host ? seer(seen, placed.host.machine.path) : bySite
      for (const [index, { datastore }] of (traits?.disks ?? []).entries()) {
        if (datastore === undefined) continue
        const at = [...placed.at, 'disks', index, 'datastore']
        const hit = reachHit(
          { at, datastore, what: { subject: `A disk of \`${path}\``, verb: 'lies' }, by },
          seen,
        )
        if (hit) yield hit
      }
    }
  },
}

function* placesOfLogs({ machines, site }: Scene) {
  for (const { name, logs } of site.hosts) {
    if (logs !== undefined && logs !== 'remote') yield { at: pathOfHost(name), name, logs }
  }
  for (const { at, machine } of machines) {
    const logs = machine.traits?.logs
    if (logs !== undefined && logs !== 'remote') yield { at, name: machine.path, logs }
  }
}

/** Who must see a datastore. */
interface Seer {
  readonly names: readonly string[]
  readonly sees: (datastore: Datastore) => boolean
}

function seer(seen: SeenDatastores, member: string): Seer {
  return { names: [member], sees: (datastore) => sees(seen, member, datastore) }
}

/** Any host of the site; without hosts in the file nobody can say. */
function seerOfSite({ lab, site }: Scene, { everywhere, byMember }: SeenDatastores): Seer {
  const names = site.hosts.map(({ name }) => name)
  const visible = new Set([...everywhere, ...names.flatMap((name) => [...(byMember.get(name) ?? [])])])
  return { names, sees: (datastore) => !lab.hosts || visible.has(datastore) }
}

interface Reaching {
  readonly at: LabPath
  readonly datastore: string
  readonly what: { readonly subject: string; readonly verb: string }
  readonly by: Seer
}

function reachHit({ at, datastore: name, what, by }: Reaching, { byName }: SeenDatastores): Hit | undefined {
  const datastore = byName.get(name)
  const lies = `${what.subject} ${what.verb} on \`${name}\``
  if (!datastore) {
    const text = `${lies}, which is not among the datastores of the file.`
    return { at, text, remedy: 'Name one of `datastores`, or add it there.', severity: 'warning' }
  }
  if (by.sees(datastore)) return undefined
  return {
    at,
    text: `${lies}, which ${named(by.names)} cannot see.`,
    remedy: `Add \`${by.names[0]}\` to the members of \`${name}\`, or choose another datastore.`,
  }
}

export const diskFits: Rule = {
  id: 'storage/disk-fits',
  severity: 'error',
  title: 'The disks on a datastore fit on it.',
  why: 'A disk that is not thin takes its whole size at once, and the first one too many cannot be made. Thin disks may promise more than there is, until somebody fills them and all machines on the datastore stop.',
  covers: ['R092'],
  sources: [articles.S1, articles.S4],
  *find(scene) {
    const seen = seenDatastores(scene)
    const sums = sumsByDatastore(scene)
    for (const datastore of scene.lab.datastores ?? []) {
      const sum = sums.get(datastore.name)
      const hit = sum && fullHit(datastore, sum)
      if (hit) yield hit
    }
    for (const placed of scene.machines) {
      const hit = fullInside(placed, seen)
      if (hit) yield hit
    }
  },
}

interface Sum {
  thickMiB: number
  allMiB: number
}

function sumsByDatastore({ machines }: Scene): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>()
  for (const { machine } of machines) {
    for (const { datastore, sizeMiB, thin } of machine.traits?.disks ?? []) {
      if (datastore === undefined) continue
      const sum = sums.get(datastore) ?? { thickMiB: 0, allMiB: 0 }
      sum.allMiB += sizeMiB
      if (thin === false) sum.thickMiB += sizeMiB
      sums.set(datastore, sum)
    }
  }
  return sums
}

function fullHit({ name, sizeMiB }: Datastore, { thickMiB, allMiB }: Sum): Hit | undefined {
  if (sizeMiB === undefined || allMiB <= sizeMiB) return undefined
  const at = ['datastores', name, 'size']
  const has = `\`${name}\` has ${formatMiB(sizeMiB)}`
  if (thickMiB > sizeMiB) {
    const text = `${has}, and the disks on it that take their whole size need ${formatMiB(thickMiB)}.`
    return { at, text, remedy: `Make disks on \`${name}\` thin, or it larger.` }
  }
  const text = `${has}, and the disks on it may grow to ${formatMiB(allMiB)}.`
  return {
    at,
    text,
    remedy: 'Watch how far the thin disks are filled, or make it larger.',
    severity: 'advice',
  }
}

/** A nested host with datastores of its own only; what its system takes of the boot disk is left to the machines. */
function fullInside(placed: Placed, seen: SeenDatastores): Hit | undefined {
  const { path, hypervisor, traits } = placed.machine
  if (!hypervisor || traits?.bootDiskMiB === undefined || seesAny(seen, path)) return undefined
  const roomMiB = dataDisks(placed).reduce((sum, { sizeMiB }) => sum + sizeMiB, traits.bootDiskMiB)
  const needMiB = hypervisor.inside.machines
    .flatMap(({ traits: inner }) => inner?.disks ?? [])
    .filter(({ thin, datastore }) => thin === false && datastore === undefined)
    .reduce((sum, { sizeMiB }) => sum + sizeMiB, 0)
  if (needMiB <= roomMiB) return undefined
  return {
    at: [...placed.at, 'disks'],
    text: `All disks of \`${path}\` have ${formatMiB(roomMiB)}, and those of the machines inside take ${formatMiB(needMiB)} at once.`,
    remedy: 'Make the disks inside thin, or give it a larger disk.',
  }
}

export const thin: Rule = {
  id: 'storage/thin',
  severity: 'advice',
  title: 'Data disks of nested hosts are thin.',
  why: 'The disk of a nested host is mostly free space of its datastore inside. A disk that takes its whole size at once pays for that space twice, outside and inside.',
  covers: ['R059'],
  sources: [articles.S4],
  *find({ machines }) {
    for (const { at, machine } of machines) {
      if (!machine.hypervisor) continue
      const isThick = (disk: DeclaredDisk) => disk.thin === false
      const index = (machine.traits?.disks ?? []).findIndex(isThick)
      const disk = machine.traits?.disks?.[index]
      if (!disk) continue
      yield {
        at: [...at, 'disks', index, 'thin'],
        text: `A disk of the nested host \`${machine.path}\` takes its ${formatMiB(disk.sizeMiB)} at once.`,
        remedy: 'Leave `thin: false` out.',
      }
    }
  },
}

export const isoCopies: Rule = {
  id: 'storage/iso-copies',
  severity: 'advice',
  title: 'Installers are kept once, outside, and handed to nested hosts as a drive.',
  why: 'A copy on the datastore of every nested host takes its space as often as there are hosts. One file outside, in the CD drive of each host, is there for all of their machines, and read faster.',
  covers: ['R093', 'R094'],
  sources: [articles.S4],
  *find(scene) {
    const seen = seenDatastores(scene)
    const copies = new Map<string, Placed>()
    for (const placed of scene.machines) {
      const host = placed.host?.machine.path
      if (host === undefined || placed.machine.traits?.iso !== 'datastore' || seesAny(seen, host)) continue
      if (!copies.has(host)) copies.set(host, placed)
    }
    const [first] = copies.values()
    if (!first || copies.size < 2) return
    yield {
      at: [...first.at, 'iso'],
      text: `${counted(copies.size, 'nested host')} (${named([...copies.keys()])}) keep installers on datastores of their own.`,
      remedy: 'Write `iso: host-device`, and put the file into the drives of the hosts.',
    }
  },
}
