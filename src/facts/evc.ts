/** EVC baselines: what a cluster of mixed CPUs can agree on. */
import written from './data/evc-baselines.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'
import type { CpuVendor, ProcessorGeneration } from './processors.ts'

export interface EvcBaseline {
  /** As in the API of vCenter: `intel-westmere`. */
  readonly key: string
  readonly vendor: CpuVendor
  /** `L3`; AMD has two sequences, A and B, which meet in B0. */
  readonly level: string
  /** For people. */
  readonly title: string
  readonly otherNames?: readonly string[]
  readonly year: number
  /** Among the baselines of its vendor; compare only within one vendor. */
  readonly order: number
  /** The first vSphere that offers it; absent where no page tells, and where every vSphere of today does. */
  readonly firstVsphere?: string
  readonly firstVsphereSource?: Source
  /** The named CPU model of QEMU nearest to it. */
  readonly qemuModel: string
  /** Keys of the lower baselines that a CPU which reaches this one reaches too. */
  readonly implies: readonly string[]
  readonly source: Source
}

export const evcData = onceRead(() => dataFile<EvcBaseline>(written))

const byName = onceRead(() => {
  const names = new Map<string, EvcBaseline>()
  for (const baseline of evcData().rows) {
    for (const name of [baseline.key, baseline.level, baseline.title, ...(baseline.otherNames ?? [])])
      names.set(plainName(name), baseline)
  }
  return names
})

export function evcBaselines(): readonly EvcBaseline[] {
  return evcData().rows
}

/** By its key, its level or its title: `intel-westmere`, `Westmere`, `L3`, `Intel "Sandy Bridge" Generation`. */
export function evcBaseline(text: string): EvcBaseline | undefined {
  return byName().get(plainName(text))
}

/** The highest baseline that all of them reach; undefined for none of them, mixed vendors, and CPUs that EVC does not know. */
export function commonBaseline(generations: readonly ProcessorGeneration[]): EvcBaseline | undefined {
  const reached = generations.map(({ evc }) => (evc === undefined ? [] : reachedWith(evc)))
  if (reached.length === 0) return undefined
  const candidates = evcBaselines().filter(({ key }) => reached.every((keys) => keys.includes(key)))
  return candidates.reduce<EvcBaseline | undefined>(
    (best, candidate) => (best === undefined || candidate.order > best.order ? candidate : best),
    undefined,
  )
}

/** `key` is that of a baseline. */
export function reachesBaseline({ evc }: ProcessorGeneration, key: string): boolean {
  return evc !== undefined && reachedWith(evc).includes(key)
}

function reachedWith(key: string): readonly string[] {
  return [key, ...(evcBaseline(key)?.implies ?? [])]
}

function plainName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/\bgen(eration|\.)?(?=\s|$)(?! ?\d)/g, '')
    .replaceAll(/\bgeneration /g, 'gen')
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/^(intel|amd)/, '')
}
