/** Rules about the virtual hardware version: what hosts run, what nesting needs, what a machine may have. */
import {
  compareVersions,
  firstNestedHardwareVersion,
  type HardwareVersion,
  hardwareVersion,
  hardwareVersions,
  lastUpdate,
  newestHardwareVersion,
} from '#facts'
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene, Software } from '../scene.ts'
import { listed, softwareWords } from '../words.ts'
import { hostCount, hostsThat, isEsxi, isVmware, mayAllBe, perHosts, severityFor } from './hosts.ts'
import { hardwareOf, hardwarePath, isHypervisor } from './hypervisors.ts'

export interface Newest {
  readonly software: Software
  /** How many hosts have it. */
  readonly hosts: number
  /** The newest hardware version that any update of it runs. */
  readonly version: number
}

/** Of the ESXi hosts whose version is known: each version once, however many hosts there are. */
export const newestOf = (runsOn: readonly Software[]): readonly Newest[] =>
  [...Map.groupBy(runsOn.filter(isEsxi), ({ version }) => version)].flatMap(([esxi, alike]) => {
    const [software] = alike
    const newest = esxi === undefined ? undefined : newestHardwareVersion(lastUpdate(esxi))
    return newest === undefined || !software ? [] : { software, hosts: alike.length, version: newest }
  })

const hostsOf = (newest: readonly Newest[]): number => newest.reduce((sum, { hosts }) => sum + hosts, 0)

export const version: Rule = {
  id: 'hardware/version',
  severity: 'error',
  title: 'The hardware version is one that every host runs, and at least 9 for a hypervisor.',
  why: 'ESXi starts no machine whose hardware version is newer than itself, nor those that belong to Workstation (12 and 16). Hardware virtualization is handed on from version 9 on.',
  covers: ['R050', 'R052', 'R011'],
  sources: [articles.S0, articles.S4, pages.hardware65, pages.hardware80, pages.vmwareNested],
  *find(scene) {
    const newest = perHosts(newestOf)
    for (const placed of scene.machines) {
      const wanted = hardwareOf(placed).version
      if (wanted === undefined) continue
      const hosts = newest(placed)
      const hit =
        tooOld(placed, wanted, hosts) ?? ofWorkstation(placed, wanted, hosts) ?? tooNew(placed, scene, hosts)
      if (hit) yield { at: hardwarePath(placed, 'version'), ...hit }
    }
  },
}

type Said = Omit<Hit, 'at'>

function tooOld(placed: Placed, wanted: number, hosts: readonly Newest[]): Said | undefined {
  if (!isHypervisor(placed) || wanted >= firstNestedHardwareVersion) return undefined
  if (!mayAllBe(placed.runsOn, isVmware)) return undefined
  const oldest = Math.min(...hosts.map(({ version }) => version))
  // ESXi 5.0 hands it on to machines of version 8, by a switch for the whole host.
  if (oldest < firstNestedHardwareVersion && wanted === oldest) return undefined
  const edits = [{ at: hardwarePath(placed, 'version'), value: firstNestedHardwareVersion }]
  return {
    text: `\`${placed.machine.path}\` is a hypervisor of hardware version ${wanted}, which has no hardware virtualization.`,
    remedy: `Set \`version\` to ${firstNestedHardwareVersion} or later.`,
    ...(oldest >= firstNestedHardwareVersion && { edits }),
  }
}

function ofWorkstation(placed: Placed, wanted: number, hosts: readonly Newest[]): Said | undefined {
  const row = hardwareVersion(wanted)
  if (!row || row.firstEsxi !== undefined || hostsThat(isEsxi, placed.runsOn).length === 0) return undefined
  const others = hardwareVersions().filter(({ firstEsxi }) => firstEsxi !== undefined)
  const lower = others.findLast(({ version }) => version < wanted)?.version ?? firstNestedHardwareVersion
  const value = Math.min(lower, ...hosts.map(({ version }) => version))
  return {
    text: `\`${placed.machine.path}\` has hardware version ${wanted}, which is that of ${row.title} and which no ESXi runs.`,
    remedy: `Set \`version\` to ${value}.`,
    edits: [{ at: hardwarePath(placed, 'version'), value }],
  }
}

function tooNew(placed: Placed, scene: Scene, hosts: readonly Newest[]): Said | undefined {
  const wanted = hardwareOf(placed).version ?? 0
  const failing = hosts.filter(({ version }) => version < wanted)
  if (failing.length === 0) return undefined
  const severity = severityFor(hostsOf(failing), hostCount(placed, scene))
  const value = Math.min(...failing.map(({ version }) => version))
  const names = listed(failing.map(({ software }) => softwareWords(software)))
  const edits = [{ at: hardwarePath(placed, 'version'), value }]
  return {
    severity,
    text: `\`${placed.machine.path}\` has hardware version ${wanted}, and ${names} ${failing.length === 1 ? 'runs' : 'run'} none newer than ${value}.`,
    remedy: `Set \`version\` to ${value}.`,
    ...(value >= firstNestedHardwareVersion && { edits }),
  }
}

export const limits: Rule = {
  id: 'hardware/limits',
  severity: 'error',
  title: 'A machine has no more than its hardware version allows.',
  why: 'The hardware version bounds virtual CPUs, cores of a socket, memory and kinds of controllers. A machine beyond it cannot be made or does not start.',
  covers: ['R052'],
  sources: [pages.hardware65, pages.hardware80],
  *find(scene) {
    const newest = perHosts(newestOf)
    for (const placed of scene.machines) {
      const row = rowOf(placed, newest(placed))
      if (row) yield* beyond(placed, row)
    }
  },
}

/** Without a version in the file the host chooses the newest it runs; the most capable host is taken. */
function rowOf(placed: Placed, hosts: readonly Newest[]): HardwareVersion | undefined {
  const written = hardwareOf(placed).version
  if (written !== undefined) return hardwareVersion(written)
  const all = placed.runsOn.length > 0 && hostsOf(hosts) === placed.runsOn.length
  return all ? hardwareVersion(Math.max(...hosts.map(({ version }) => version))) : undefined
}

function* beyond(placed: Placed, row: HardwareVersion): Iterable<Hit> {
  const { path, cpus, memoryMiB, traits } = placed.machine
  const of = `hardware version ${row.version} allows`
  const remedy = (needs: (one: HardwareVersion) => boolean, less = 'Take less') => {
    const enough = hardwareVersions().find(
      (one) => one.version > row.version && one.firstEsxi !== undefined && needs(one),
    )
    return enough ? `${less}, or hardware version ${enough.version} (${enough.title}).` : `${less}.`
  }
  if (cpus > row.maxCpus) {
    const text = `\`${path}\` has ${cpus} virtual CPUs, and ${of} ${row.maxCpus}.`
    yield { at: [...placed.at, 'cpus'], text, remedy: remedy(({ maxCpus }) => maxCpus >= cpus) }
  }
  const cores = traits?.hardware?.coresPerSocket ?? 1
  if (cores > row.maxCoresPerSocket) {
    const text = `\`${path}\` has ${cores} cores in each socket, and ${of} ${row.maxCoresPerSocket}.`
    const at = hardwarePath(placed, 'coresPerSocket')
    yield { at, text, remedy: remedy(({ maxCoresPerSocket }) => maxCoresPerSocket >= cores) }
  }
  const gibibytes = Math.ceil(memoryMiB / 1024)
  const most = row.maxMemoryGiB
  if (most !== undefined && gibibytes > most) {
    const text = `\`${path}\` has ${gibibytes} GiB of memory, and ${of} ${most}.`
    yield {
      at: [...placed.at, 'memory'],
      text,
      remedy: remedy(({ maxMemoryGiB = gibibytes }) => maxMemoryGiB >= gibibytes),
    }
  }
  const nvme = traits?.disks?.findIndex(({ kind }) => kind === 'nvme') ?? -1
  if (nvme >= 0 && row.maxNvmeControllers === 0) {
    const text = `\`${path}\` has an NVMe disk, for which hardware version ${row.version} has no controller.`
    const at = [...placed.at, 'disks', nvme, 'kind']
    yield {
      at,
      text,
      remedy: remedy(({ maxNvmeControllers }) => maxNvmeControllers > 0, 'Use another kind of disk'),
    }
  }
}

const firstWithUefi = 8

export const firmware: Rule = {
  id: 'hardware/firmware',
  severity: 'error',
  title: 'The firmware of a machine is one that its hardware version has and its system starts from.',
  why: 'UEFI came with hardware version 8. ESXi from 8.0 on starts from legacy BIOS only with limits.',
  covers: [],
  sources: [pages.hardware65, pages.esxi80],
  *find({ machines }) {
    for (const placed of machines) {
      const { firmware: chosen, version: hardware = firstWithUefi } = hardwareOf(placed)
      const at = hardwarePath(placed, 'firmware')
      const { path, hypervisor } = placed.machine
      if (chosen === 'efi' && hardware < firstWithUefi) {
        const text = `\`${path}\` starts from UEFI, which hardware version ${hardware} does not have.`
        yield {
          at,
          text,
          remedy: `Raise the hardware version to ${firstWithUefi} or later, or use \`bios\`.`,
        }
      }
      if (chosen !== 'bios' || hypervisor?.product !== 'esxi' || hypervisor.version === undefined) continue
      if (compareVersions(hypervisor.version, '8.0') < 0) continue
      const text = `\`${path}\` starts ${softwareWords(hypervisor)} from legacy BIOS.`
      yield { at, severity: 'advice', text, remedy: 'Use `efi`, unless it is installed already.' }
    }
  },
}

export const webClient: Rule = {
  id: 'hardware/web-client',
  severity: 'advice',
  title: 'On ESXi before 6.0 there is a vCenter, or an edited .vmx file, for hardware version 9 and later.',
  why: 'The Windows client of that time edits machines only up to hardware version 8. What came later is set in the Web Client, which vCenter brings, or in the .vmx file.',
  covers: ['R054'],
  sources: [articles.S0, articles.S1, articles.S2, known],
  versions: 'ESXi 5.1 and 5.5 as the host',
  *find(scene) {
    if (scene.machines.some(isVcenter)) return
    const oldHost = perHosts((runsOn) => runsOn.find(isBefore60))
    for (const placed of scene.machines) {
      const { version: hardware = 0, settings } = hardwareOf(placed)
      const old = hardware < firstNestedHardwareVersion || settings ? undefined : oldHost(placed)
      if (!old) continue
      yield {
        at: hardwarePath(placed, 'version'),
        text: `\`${placed.machine.path}\` has hardware version ${hardware} on ${softwareWords(old)}, and the lab has no vCenter to edit it with.`,
        remedy:
          'Add a machine with `role: vcenter`, or write what is to be set under `settings` and edit the .vmx file.',
      }
    }
  },
}

function isBefore60({ product, version: own }: Software): boolean {
  return product === 'esxi' && own !== undefined && compareVersions(own, '6.0') < 0
}

function isVcenter({ machine: { traits, image } }: Placed): boolean {
  return traits?.role === 'vcenter' || (image.from === 'catalogue' && /vcsa|vcenter/i.test(image.name))
}
