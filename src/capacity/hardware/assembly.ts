/** The parts of a bill with what the catalogue knows about each: what checks and advice look at. */
import type {
  BoardPart,
  CasePart,
  CpuPart,
  FanPart,
  HardwareCatalogue,
  HardwarePart,
  MemoryPart,
  NicChip,
  NicPart,
  PsuPart,
  SystemPart,
} from '#facts'
import type { Bom, BomPart, PartKind } from './bom.ts'

/** A part of the bill and its row. */
export interface Known<Row> {
  readonly part: BomPart
  readonly row: Row
}

export interface Assembly {
  readonly bom: Bom
  readonly catalogue: HardwareCatalogue
  /** The board or the whole machine, when the catalogue knows it. */
  readonly machine?: Known<BoardPart | SystemPart>
  /** The CPU: soldered, in the machine, or bought for the socket. `part` says where in the bill. */
  readonly cpu?: Known<CpuPart> & { readonly count: number }
  readonly cpuParts: readonly Known<CpuPart>[]
  readonly modules: readonly Known<MemoryPart>[]
  readonly cases: readonly Known<CasePart>[]
  readonly psus: readonly Known<PsuPart>[]
  readonly fans: readonly Known<FanPart>[]
  readonly nics: readonly Known<NicPart>[]
  /** Parts that the catalogue does not know. */
  readonly unknown: readonly BomPart[]
}

export function assemble(bom: Bom, catalogue: HardwareCatalogue): Assembly {
  const known = bom.parts.flatMap((part) => {
    const row = partNamed(catalogue, part.kind, part.model)
    return row ? [{ part, row }] : []
  })
  const of = <Kind extends PartKind>(kind: Kind): readonly Known<Extract<HardwarePart, { kind: Kind }>>[] =>
    known.flatMap(({ part, row }) => (isOfKind(row, kind) ? [{ part, row }] : []))
  const machine = of('board')[0] ?? of('system')[0]
  const cpuParts = of('cpu')
  const cpu = cpuOf(machine, cpuParts, catalogue)
  return {
    bom,
    catalogue,
    ...(machine && { machine }),
    ...(cpu && { cpu }),
    cpuParts,
    modules: of('memory'),
    cases: of('case'),
    psus: of('psu'),
    fans: of('fan'),
    nics: of('nic'),
    unknown: bom.parts.filter((part) => !known.some((one) => one.part === part)),
  }
}

function cpuOf(
  machine: Assembly['machine'],
  bought: readonly Known<CpuPart>[],
  catalogue: HardwareCatalogue,
): Assembly['cpu'] {
  const builtIn = machine?.row.cpu
  if (machine && builtIn !== undefined) {
    const row = catalogue.rows.find((one): one is CpuPart => one.kind === 'cpu' && one.model === builtIn)
    const count = machine.row.kind === 'system' ? machine.row.cpuCount : 1
    return row && { part: machine.part, row, count }
  }
  const [first] = bought
  return first && { ...first, count: first.part.count }
}

/** By its model or another name of it, however it is spaced and capitalized. */
export function partNamed(
  catalogue: HardwareCatalogue,
  kind: PartKind,
  model: string,
): HardwarePart | undefined {
  const wanted = plainName(model)
  return catalogue.rows.find((row): row is HardwarePart => {
    if (row.kind !== kind) return false
    return [row.model, ...(row.aliases ?? [])].some((name) => plainName(name) === wanted)
  })
}

function plainName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[\s_]+/g, ' ')
    .trim()
}

function isOfKind<Kind extends PartKind>(
  row: HardwarePart,
  kind: Kind,
): row is Extract<HardwarePart, { kind: Kind }> {
  return row.kind === kind
}

export function chipNamed({ catalogue }: Assembly, model: string): NicChip | undefined {
  return catalogue.rows.find((row): row is NicChip => row.kind === 'nic-chip' && row.model === model)
}

/** `parts[1].memory`. */
export function placeOfPart({ index, kind }: BomPart): string {
  return `parts[${index}].${kind}`
}

/** Where a finding about the whole machine points. */
export function placeOfMachine({ machine }: Assembly): string {
  return machine ? placeOfPart(machine.part) : 'parts'
}

/** All of the machine's memory in GiB; undefined while the size of some of it is not known. */
export function memoryGiB(assembly: Assembly): number | undefined {
  if (assembly.unknown.some(({ kind }) => kind === 'memory')) return undefined
  const soldered = assembly.machine?.row.memory.solderedGiB ?? 0
  return soldered + sum(assembly.modules.map(({ part, row }) => part.count * row.sizeGiB))
}

/** Slots that are taken, also by modules that the catalogue does not know. */
export function takenSlots({ bom }: Assembly): number {
  return sum(bom.parts.filter(({ kind }) => kind === 'memory').map(({ count }) => count))
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
