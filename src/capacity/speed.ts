/** How fast machines are at each level, and how long a lab takes to boot: ranges, and what they are from. */
import { bootFactor, bootTime, performanceRange, type SizingFigure, type Source } from '#facts'
import { type Machine, machinesOf, type ResolvedLab } from '#lab'
import { type Assumption, assumption, dayOfFacts } from './assumption.ts'
import type { Level0 } from './level0.ts'
import { plus, type Range, times } from './range.ts'

/** Shares of the speed of a plain VM on level 0 with hardware virtualization. */
export interface LevelSpeed {
  readonly level: number
  readonly cpu?: Range
  readonly io?: Range
  /** Why there is no figure. */
  readonly notModelled?: string
  readonly isEmulated: boolean
  readonly sources: readonly Source[]
}

export interface BootEstimate {
  /** Until the last machine of the deepest level is up; absent when a part of it is not known. */
  readonly seconds?: Range
  readonly why: string
}

export interface SpeedReport {
  readonly levels: readonly LevelSpeed[]
  readonly boot: BootEstimate
  readonly assumptions: readonly Assumption[]
}

type Conditions = Parameters<typeof performanceRange>[1]

export function speedReport(lab: ResolvedLab, level0: Level0): SpeedReport {
  const machines = [...machinesOf(lab.top)]
  const depth = machines.reduce((deepest, { level }) => Math.max(deepest, level), 0)
  const numbers = Array.from({ length: depth }, (_, index) => index + 1)
  if (level0.accelerator === 'simulated') {
    const notModelled = 'Machines of the simulated site do no work.'
    const levels = numbers.map((level) => ({ level, notModelled, isEmulated: false, sources: [] }))
    return { levels, boot: { why: notModelled }, assumptions: [] }
  }
  const slat = slatOf(level0)
  const conditions: Conditions = {
    hasSlat: slat !== 'no',
    accelerator: level0.accelerator === 'emulated' ? 'tcg' : 'kvm',
  }
  return {
    levels: numbers.map((level) => speedOf(level, conditions)),
    boot: bootEstimate(machines, level0, conditions),
    assumptions: conditionTexts(slat, level0),
  }
}

function speedOf(level: number, conditions: Conditions): LevelSpeed {
  const speed = performanceRange(level, conditions)
  const sources = [...new Set(speed.figures.map(({ source }) => source))]
  const isEmulated = conditions.accelerator === 'tcg'
  if (!speed.modelled) return { level, notModelled: textsOf(speed.figures), isEmulated, sources }
  return { level, cpu: speed.cpu, io: speed.io, isEmulated, sources }
}

function textsOf(figures: readonly SizingFigure[]): string {
  return figures.map(({ text }) => text).join(' ')
}

/** An emulated processor brings its own nested paging. */
function slatOf({ hosts, accelerator }: Level0): 'yes' | 'no' | 'unknown' {
  if (accelerator === 'emulated') return 'yes'
  if (hosts.some(({ generation }) => generation && !generation.hasSlat)) return 'no'
  return hosts.length > 0 && hosts.every(({ generation }) => generation) ? 'yes' : 'unknown'
}

function conditionTexts(slat: 'yes' | 'no' | 'unknown', level0: Level0): readonly Assumption[] {
  const texts: Assumption[] = []
  if (slat === 'unknown') texts.push(assumption('The processors, which are not all known, have EPT or NPT.'))
  if (level0.accelerator === 'assumed')
    texts.push(assumption('Level 0 has hardware virtualization; nobody has tried it there.'))
  if (level0.accelerator === 'emulated')
    texts.push(assumption('Level 0 has no hardware virtualization, so every processor is emulated (TCG).'))
  return texts
}

/** Levels start one after the other: inner machines wait for their hypervisor. */
function bootEstimate(machines: readonly Machine[], level0: Level0, conditions: Conditions): BootEstimate {
  let seconds: Range = { low: 0, high: 0 }
  const cores = level0.hosts.reduce((sum, host) => sum + (host.cores ?? Number.NaN), 0)
  for (const [level, ofLevel] of Map.groupBy(machines, (machine) => machine.level)) {
    const factor = bootFactor(level, conditions.accelerator)
    if (!factor) return { why: `Boot times from level ${level} on are not modelled.` }
    const boots = ofLevel.map(bootOf)
    const strange = boots.indexOf(undefined)
    if (strange >= 0) return { why: `How long ${ofLevel[strange]?.path} takes to boot is not known.` }
    const slowest = slowestOf(boots.filter((boot) => boot !== undefined))
    // At best all of a level boot at once; at worst those that find no core of their own wait for their turn.
    const turns = cores > 0 ? Math.max(1, ofLevel.length / cores) : 1
    seconds = plus(seconds, times(times(slowest, factor), { low: 1, high: turns }))
  }
  const queue = cores > 0 ? `, and at worst wait for their turn on ${cores} cores` : ''
  const day = `Boot times of plain VMs are common knowledge as of ${dayOfFacts()}`
  return { seconds, why: `${day}; levels start one after the other, machines of one level at once${queue}.` }
}

/** Seconds; undefined for a machine that says nothing about what is in it. */
function bootOf({ image, traits }: Machine): Range | undefined {
  const names = [traits?.role, traits?.os, image.from === 'catalogue' ? image.name : undefined]
  for (const name of names) {
    const time = name === undefined ? undefined : bootTime(name)
    if (time) return { low: time.lowSeconds, high: time.highSeconds }
  }
  return undefined
}

function slowestOf(boots: readonly Range[]): Range {
  return boots.reduce(
    (slowest, { low, high }) => ({
      low: Math.max(slowest.low, low),
      high: Math.max(slowest.high, high),
    }),
    { low: 0, high: 0 },
  )
}
