/** Puts together everything that is said about the size of a lab. */
import { defaultPrices, type Prices } from '#facts'
import type { ResolvedLab } from '#lab'
import { dayOfFacts, withoutAssumptions, withoutRepeats } from './assumption.ts'
import { compatibilityOf } from './compatibility.ts'
import { type CostOptions, costReport } from './cost/cost.ts'
import { cpuReport } from './cpus.ts'
import { binsOf, demandOf } from './demand.ts'
import { diskReport } from './disks.ts'
import { gravest } from './fit.ts'
import { useAssumptions } from './hypervisor-use.ts'
import { type Level0, level0Of, type ProbedSite } from './level0.ts'
import { licenceReport } from './licences.ts'
import { innerMemory } from './memory.ts'
import { place } from './placement/place.ts'
import { reasonsOf } from './reasons.ts'
import type { SizeReport } from './report.ts'
import { sharingOf } from './sharing.ts'
import { siteMemory } from './site-memory.ts'
import { type PlacedSite, sparesOf } from './spares.ts'
import { speedReport } from './speed.ts'

export interface SizeOptions {
  /** What asking level 0 has shown; counts instead of what the file says about it. */
  readonly site?: ProbedSite | undefined
  /** Absent: those that ship with the program. */
  readonly prices?: Prices | undefined
  /** Whose licence rule is taken. Absent: that of the facts that ship with the program. */
  readonly year?: number | undefined
  /** Of use by each seat. Absent: what the class says. */
  readonly hours?: number | undefined
  /** Absent: what the class says, else 1. */
  readonly seats?: number | undefined
  /** As `2026-11-28`; tells how old prices are. */
  readonly today?: string | undefined
}

export function sizeLab(lab: ResolvedLab, options: SizeOptions = {}): SizeReport {
  const level0 = level0Of(lab, options.site)
  const seats = options.seats ?? lab.class?.seats ?? 1
  const copies = level0.hostPerSeat ? 1 : seats
  const site = placedSite(lab, level0, copies)
  const sharing = sharingOf(lab.top.machines, copies, level0)
  const hypervisors = innerMemory(lab.top)
  const memory = {
    ...siteMemory(lab, { level0, placement: site.placement, sharing, copies }),
    hypervisors,
    sharing: withoutAssumptions(sharing),
  }
  const cpu = cpuReport(lab, level0.hosts, copies)
  const disk = diskReport(lab, copies)
  const speed = speedReport(lab, level0)
  const cost = costReport(lab, level0, costOptions(lab, options, seats))
  const year = options.year ?? Number(dayOfFacts().slice(0, 4))
  const licences = licenceReport(lab, level0.hosts, { year, copies: seats })
  const reasons = reasonsOf({ memory, cpu, disk, placement: site.placement, accelerator: level0.accelerator })
  const uses = { assumptions: useAssumptions([...level0.hosts, ...hypervisors]) }
  const parts = [level0, uses, sharing, cpu, disk, ...disk.datastores, speed, cost, licences]
  return {
    lab: lab.name,
    verdict: gravest(reasons.map(({ fit }) => fit)),
    reasons,
    seats,
    seatsPerSite: copies,
    site: withoutAssumptions(level0),
    memory,
    cpu: withoutAssumptions(cpu),
    disk: { ...withoutAssumptions(disk), datastores: disk.datastores.map(withoutAssumptions) },
    speed: withoutAssumptions(speed),
    ...(site.placement && { placement: site.placement }),
    spare: sparesOf(lab, site),
    compatibility: compatibilityOf(lab, level0.hosts),
    cost: withoutAssumptions(cost),
    licences: withoutAssumptions(licences),
    assumptions: withoutRepeats(parts.flatMap(({ assumptions }) => assumptions)),
  }
}

/** Machines can be placed only where the memory of every host is known. */
function placedSite(lab: ResolvedLab, level0: Level0, copies: number): PlacedSite {
  const { hosts } = level0
  const bins = binsOf(level0)
  const items = demandOf(lab, hosts, copies)
  const isKnown = hosts.length > 0 && bins.length === hosts.length
  return { bins, items, ...(isKnown && { placement: place(items, bins) }) }
}

function costOptions(lab: ResolvedLab, options: SizeOptions, seats: number): CostOptions {
  return {
    prices: options.prices ?? defaultPrices(),
    seats,
    hours: options.hours ?? lab.class?.hours,
    today: options.today,
  }
}
