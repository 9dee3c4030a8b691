/** What to buy for a lab: the boards and machines that carry it, with their memory, and why the others do not. */
import type {
  BoardPart,
  CpuPart,
  HardwareCatalogue,
  HardwarePart,
  MemoryPart,
  Price,
  SystemPart,
} from '#facts'
import type { Bom, BomPart } from './bom.ts'
import { checkBom } from './check-bom.ts'
import { chooseCpu, chooseDisk, chooseMemory, type Pick, sizeOf } from './choose.ts'
import type { BomFinding } from './finding.ts'
import type { HardwareRequirements } from './requirements.ts'
import { counted, gib } from './words.ts'

export interface Purchase {
  readonly model: string
  readonly count: number
  readonly availability: 'new' | 'used'
  /** Of one, with the month in which it cost that; absent where nobody told one. */
  readonly price?: Price
}

/** One board or machine that carries the lab. */
export interface Offer {
  readonly model: string
  readonly kind: 'board' | 'system'
  readonly cpu: string
  /** All sockets together. */
  readonly cores: number
  readonly memoryGiB: number
  /** What it can grow to. */
  readonly maxMemoryGiB: number
  /** Heat that the makers of its CPUs say they give off at most. */
  readonly cpuWatts: number
  readonly isPassive: boolean
  /** What to buy for one machine; a board needs `also` what the catalogue leaves open. */
  readonly buy: readonly Purchase[]
  readonly also: readonly string[]
  /** What is worth knowing before buying it. */
  readonly notes: readonly string[]
}

/** One that does not, with the first reason. */
export interface Miss {
  readonly model: string
  readonly reason: string
}

export interface HardwareAdvice {
  readonly requirements: HardwareRequirements
  /** The day that the catalogue is of. */
  readonly asOf: string
  /** Those about which there is nothing to warn first, then by power. */
  readonly offers: readonly Offer[]
  readonly misses: readonly Miss[]
}

export function adviseHardware(
  requirements: HardwareRequirements,
  catalogue: HardwareCatalogue,
): HardwareAdvice {
  const drafts = catalogue.rows
    .filter((row) => row.kind === 'board' || row.kind === 'system')
    .map((row) => draftOf(row, requirements, catalogue))
  const judged = drafts.map((draft) => ({ draft, findings: findingsOf(draft, requirements, catalogue) }))
  const reasons = judged.map(({ draft, findings }) => reasonOf(draft, findings, requirements))
  const offers = judged.filter((_, index) => reasons[index] === undefined)
  return {
    requirements,
    asOf: catalogue.asOf,
    offers: offers
      .map(({ draft, findings }) => ({
        offer: offerOf(draft, findings),
        warnings: warningsOf(findings).length,
      }))
      .sort((left, right) => left.warnings - right.warnings || left.offer.cpuWatts - right.offer.cpuWatts)
      .map(({ offer }) => offer),
    misses: judged.flatMap(({ draft }, index) => {
      const reason = reasons[index]
      return reason === undefined ? [] : [{ model: draft.machine.model, reason }]
    }),
  }
}

interface Draft {
  readonly machine: BoardPart | SystemPart
  readonly cpu: Pick<CpuPart> | undefined
  readonly memory: Pick<MemoryPart> | undefined
  readonly disk: Pick | undefined
}

function draftOf(
  machine: BoardPart | SystemPart,
  { memoryMiB, comfortableMiB = memoryMiB, cores, threads, diskMiB }: HardwareRequirements,
  catalogue: HardwareCatalogue,
): Draft {
  return {
    machine,
    cpu: chooseCpu(machine, { cores, threads }, catalogue),
    memory: chooseMemory(machine, comfortableMiB / 1024, catalogue),
    disk: diskMiB === undefined ? undefined : chooseDisk(machine, diskMiB, catalogue),
  }
}

/** A draft is judged by the same checks as a bill that somebody wrote. */
function findingsOf(
  { machine, cpu, memory }: Draft,
  requirements: HardwareRequirements,
  catalogue: HardwareCatalogue,
): readonly BomFinding[] {
  const picks: readonly (Pick | undefined)[] = [
    { row: machine, count: 1 },
    machine.cpu === undefined ? cpu : undefined,
    memory,
  ]
  const parts = picks.flatMap((pick) => pick ?? []).map(partOf)
  const { product, version, memoryMiB, nicPorts, sataPorts = 0, outOfBand = false, nested } = requirements
  const bom: Bom = {
    name: machine.model,
    ...(product !== undefined && { product }),
    ...(version !== undefined && { version }),
    needs: { memoryMiB, upgradeToMiB: memoryMiB, sataPorts, nicPorts, outOfBand, nested },
    parts,
  }
  return checkBom(bom, catalogue).filter(({ rule }) => !aroundTheBoard.has(rule))
}

/** Case, fans and power supply are said to be needed besides. */
const aroundTheBoard: ReadonlySet<string> = new Set([
  'hardware/fan-connector',
  'hardware/case-airflow',
  'hardware/no-power-supply',
])

function partOf({ row, count }: Pick, index: number): BomPart {
  return { kind: row.kind, model: row.model, count, index }
}

function reasonOf(
  { machine, cpu, memory }: Draft,
  findings: readonly BomFinding[],
  { memoryMiB, cores, threads = 0 }: HardwareRequirements,
): string | undefined {
  const has = (machine.memory.solderedGiB ?? 0) + (memory ? sizeOf(memory) : 0)
  if (has * 1024 < memoryMiB) {
    return `It takes at most ${gib(machine.memory.maxGiB)} of memory, and ${gib(memoryMiB / 1024)} are needed.`
  }
  const hasCores = cpu ? cpu.row.cores * cpu.count : 0
  if (cpu && hasCores < cores) {
    return `It has ${counted(hasCores, 'core', 'cores')}, and ${cores} are needed.`
  }
  const hasThreads = cpu ? cpu.row.threads * cpu.count : 0
  if (cpu && hasThreads < threads) {
    return `It has ${counted(hasThreads, 'thread', 'threads')}, and a machine of the lab has ${threads} vCPUs.`
  }
  return findings.find(({ severity }) => severity === 'error')?.text
}

function warningsOf(findings: readonly BomFinding[]): readonly BomFinding[] {
  return findings.filter(({ severity }) => severity === 'warning')
}

function offerOf({ machine, cpu, memory, disk }: Draft, findings: readonly BomFinding[]): Offer {
  const bought: readonly (Pick | undefined)[] = [
    { row: machine, count: 1 },
    machine.cpu === undefined ? cpu : undefined,
    memory,
    disk,
  ]
  const notes = [machine.note, cpu?.row.note, memory?.row.note].flatMap((note) => note ?? [])
  return {
    model: machine.model,
    kind: machine.kind,
    cpu: cpu?.row.model ?? 'unknown',
    cores: cpu ? cpu.row.cores * cpu.count : 0,
    memoryGiB: (machine.memory.solderedGiB ?? 0) + (memory ? sizeOf(memory) : 0),
    maxMemoryGiB: machine.memory.maxGiB,
    cpuWatts: cpu ? cpu.row.tdpWatts * cpu.count : 0,
    isPassive: machine.kind === 'board' && machine.cooling === 'passive',
    buy: bought.flatMap((pick) => (pick ? [purchaseOf(pick)] : [])),
    also: alsoNeeded(machine),
    notes: [...new Set([...findings.map(({ text }) => text), ...notes])],
  }
}

function purchaseOf({ row, count }: Pick<HardwarePart>): Purchase {
  const { model, availability, price } = row
  return { model, count, availability, ...(price && { price }) }
}

const boardTitles = { 'mini-itx': 'mini-ITX', 'micro-atx': 'micro-ATX', atx: 'ATX' } as const

function alsoNeeded(machine: BoardPart | SystemPart): readonly string[] {
  if (machine.kind === 'system') return []
  const enclosure = `a case for ${boardTitles[machine.formFactor]} with a power supply`
  const fans = machine.requiredFans.map((name) => `a fan on ${name}`)
  if (fans.length > 0 || machine.cooling === 'active') return [enclosure, ...fans]
  return [enclosure, 'a quiet fan in it']
}
