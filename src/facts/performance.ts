/** How fast a machine is at its level, as a range, of a plain VM with hardware virtualization on level 0. */
import { type SizingFigure, type SizingKey, sizingFigure } from './sizing-figures.ts'

/** The level from which on nobody publishes figures. */
const firstUnmodelledLevel = 3

export interface PerformanceConditions {
  /** Whether the hypervisor that runs the machine has EPT or NPT. */
  readonly hasSlat: boolean
  /** How level 0 runs its machines. */
  readonly accelerator: 'kvm' | 'tcg'
}

export interface FactorRange {
  readonly low: number
  readonly high: number
}

export interface ModelledPerformance {
  readonly modelled: true
  readonly cpu: FactorRange
  readonly io: FactorRange
  /** Every figure that went into it, each with its source. */
  readonly figures: readonly SizingFigure[]
}

export interface UnmodelledPerformance {
  readonly modelled: false
  /** Why there is no figure. */
  readonly figures: readonly SizingFigure[]
}

export type PerformanceRange = ModelledPerformance | UnmodelledPerformance

/** A machine of level 1 is a plain VM; level 2 is inside one; from level 3 on nothing is modelled. */
export function performanceRange(level: number, conditions: PerformanceConditions): PerformanceRange {
  if (level >= firstUnmodelledLevel) return { modelled: false, figures: [sizingFigure('three-levels')] }
  const kinds = [
    ...(conditions.accelerator === 'tcg' && level >= 1 ? (['emulated'] as const) : []),
    ...(level === 2 ? ([conditions.hasSlat ? 'per-extra-level' : 'without-slat'] as const) : []),
  ]
  const cpu = kinds.map((kind) => sizingFigure(`cpu-${kind}`))
  const io = kinds.map((kind) => sizingFigure(`io-${kind}`))
  return { modelled: true, cpu: product(cpu), io: product(io), figures: [...cpu, ...io] }
}

/** How many times longer a machine boots than a plain VM; undefined where nothing is modelled. */
export function bootFactor(level: number, accelerator: 'kvm' | 'tcg'): FactorRange | undefined {
  if (level >= firstUnmodelledLevel) return undefined
  const keys: SizingKey[] = []
  if (accelerator === 'tcg' && level >= 1) keys.push('boot-emulated')
  if (level === 2) keys.push('boot-per-extra-level')
  return product(keys.map(sizingFigure))
}

function product(figures: readonly FactorRange[]): FactorRange {
  return figures.reduce<FactorRange>(
    (range, { low, high }) => ({ low: range.low * low, high: range.high * high }),
    { low: 1, high: 1 },
  )
}
