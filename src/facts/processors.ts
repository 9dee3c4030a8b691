/** CPU generations: what each can do for nesting, and which one a name or a model number means. */
import writtenModels from './data/processor-models.json' with { type: 'json' }
import written from './data/processors.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'

export type CpuVendor = 'intel' | 'amd'

export interface ProcessorGeneration {
  readonly key: string
  readonly vendor: CpuVendor
  /** For people. */
  readonly title: string
  /** When the first of them came out. */
  readonly year: number
  readonly is64bit: boolean
  /** Some of the generation have VT-x or AMD-V; a cheap one may still lack it. */
  readonly hasVirtualization: boolean
  /** EPT or NPT: without it inner guests run at a fraction of the speed. */
  readonly hasSlat: boolean
  readonly hasXsave: boolean
  /** Only Intel has it; AMD needs nothing like it. */
  readonly hasShadowVmcs: boolean
  /** Key of the highest EVC baseline that it reaches; absent where it is in none. */
  readonly evc?: string
  /** The named CPU model of QEMU that promises no more than this generation has. */
  readonly qemuModel?: string
  readonly serverAliases: readonly string[]
  readonly source: Source
}

interface ModelRow {
  /** Of the model's text in small letters, without marks. */
  readonly pattern: string
  readonly generation: string
  readonly examples: readonly string[]
  readonly source: Source
}

export const processorData = onceRead(() => dataFile<ProcessorGeneration>(written))

export const processorModelData = onceRead(() => dataFile<ModelRow>(writtenModels))

/** Words that a generation's name may carry without meaning another one. */
const trailing = /(ep|ex|en|de|sp|server|client|ibrs|notsx|v\d)$/

const byName = onceRead(() => {
  const names = new Map<string, ProcessorGeneration>()
  const add = (name: string, generation: ProcessorGeneration) => {
    if (!names.has(name)) names.set(name, generation)
  }
  for (const generation of processorData().rows) {
    add(plainName(generation.key), generation)
    for (const alias of generation.serverAliases) add(plainName(alias), generation)
  }
  for (const generation of processorData().rows) {
    // `EPYC` alone is a brand of every generation since Zen, so it names none of them.
    if (generation.qemuModel && generation.qemuModel !== 'EPYC')
      add(plainName(generation.qemuModel), generation)
  }
  return names
})

const byKey = onceRead(() => new Map(processorData().rows.map((row) => [row.key, row])))

const models = onceRead(() =>
  processorModelData().rows.map((row) => ({ pattern: new RegExp(row.pattern), generation: row.generation })),
)

/** By any usual name: `sandy-bridge`, `Sandy Bridge-EP`, `avoton`, `EPYC Milan`, `Zen 3`, `Haswell-noTSX`. */
export function processorGeneration(text: string): ProcessorGeneration | undefined {
  const name = plainName(text)
  return byName().get(name) ?? byName().get(name.replace(trailing, ''))
}

/** By a model as on the box or in /proc/cpuinfo: `Intel Xeon E3-1230 v3`, `Atom C2750`, `EPYC 7xx3`. Undefined when unsure. */
export function processorOfModel(text: string): ProcessorGeneration | undefined {
  const model = plainModel(text)
  const found = new Set(
    models().flatMap(({ pattern, generation }) => (pattern.test(model) ? [generation] : [])),
  )
  const [only] = found
  return found.size === 1 && only !== undefined ? byKey().get(only) : undefined
}

/** What a file or a machine says about a CPU. */
export interface NamedCpu {
  readonly generation?: string | undefined
  readonly model?: string | undefined
}

export function processorOf({ generation, model }: NamedCpu): ProcessorGeneration | undefined {
  const named = generation === undefined ? undefined : processorGeneration(generation)
  return named ?? (model === undefined ? undefined : processorOfModel(model))
}

/** Also of CPUs whose generation is not known, as far as the model's name tells. */
export function cpuVendor(cpu: NamedCpu): CpuVendor | undefined {
  const known = processorOf(cpu)?.vendor
  if (known !== undefined || cpu.model === undefined) return known
  if (/\b(amd|epyc|ryzen|opteron|threadripper)\b/i.test(cpu.model)) return 'amd'
  return /\b(intel|xeon|pentium|celeron|atom)\b/i.test(cpu.model) ? 'intel' : undefined
}

function plainName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('+', 'plus')
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/^(intel|amd)/, '')
}

function plainModel(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/\((r|tm|c)\)|[®™]/g, ' ')
      .replaceAll(/\b(intel|amd|cpu|processor)\b|@.*$/g, ' ')
      .replaceAll(/\s+/g, ' ')
      // Which brand such a number is of goes without saying, so people leave it out.
      .replace(/(?<!core )\b(?=i[3579]-\d)/, 'core ')
      .replace(/(?<!xeon )\b(?=e[357]-\d{4})/, 'xeon ')
      .trim()
  )
}
