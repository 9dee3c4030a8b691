/** For tests: which cases of the table a kernel may decide otherwise than the decision does, and why. */
import assert from 'node:assert/strict'
import type { Case } from '../cases/case.fixture.ts'
import { deliveriesOf } from '../cases/case.fixture.ts'
import { classicalLearning } from '../state.ts'
import type { CaseResult } from './kernel-bench.fixture.ts'

/** Whole titles, with the kind of switch before the colon left away. */
const otherwise: Readonly<Record<string, string>> = {
  'the highest VLAN is 4094': 'VLAN 4094 is where untagged frames travel inside the bridge',
  'a frame that ends within its tag is a runt': 'the kernel wants two bytes more behind a tag',
}

/** Dropped as they should be, but counted by nobody. */
const silently: Readonly<Record<string, string>> = {
  'a broadcast address as source is forged': 'the kernel drops frames from a group before any rule',
}

/** Cases in which the kernel needs a second: a MAC that has moved counts where it was until it is collected. */
export const slowCases: readonly string[] = ['a MAC that moves frees its place']

/** Reasons that the kernel drops for before our rules see the frame, or after: nothing counts them. */
const uncounted = ['MTU_EXCEEDED', 'GROUP_SOURCE', 'NOT_LEARNED', 'NOBODY_IN_GROUP', 'RUNT']

function nameOf({ title }: Pick<Case, 'title'>): string {
  return title.slice(title.indexOf(': ') + 2)
}

export const differences = {
  otherwise,
  silently,
  uncounted,
  /** Not sent: the reason. */
  pauseMs: (one: Pick<Case, 'title'>): number => (slowCases.includes(nameOf(one)) ? 2500 : 0),
  skipped({ steps }: Case): string | false {
    if (steps.some(({ frame }) => frame.length < 14)) return 'QEMU hands no such frame on'
    return false
  },
  /** Why this case may come out otherwise. */
  expected(one: Pick<Case, 'title'>): string | undefined {
    return otherwise[nameOf(one)]
  },
  /** What did come out otherwise without a reason, in words. */
  unexplained({ title, steps, drops }: CaseResult): string[] {
    const wrong = steps.filter(
      ({ expected, got }) => expected !== undefined && deliveriesOf(expected) !== got,
    )
    const counted = (text: string) =>
      text
        .split(' ')
        .filter((word) => word !== '' && !uncounted.some((reason) => word.endsWith(reason)))
        .join(' ')
    return [
      ...wrong.map(({ text, got }) => `${title}: ${text}: got "${got}"`),
      ...(silently[nameOf({ title })] === undefined &&
      steps.every(({ expected }) => expected !== undefined) &&
      counted(drops.expected) !== counted(drops.got)
        ? [`${title}: counted "${drops.got}", not "${drops.expected}"`]
        : []),
    ]
  },
  check(result: CaseResult): void {
    if (otherwise[nameOf(result)] === undefined) assert.deepEqual(differences.unexplained(result), [])
  },
}

/** Cases of which a bridge could tell two apart; kinds that only differ in their defaults are one to it. */
export function unlike(cases: readonly Case[]): readonly Case[] {
  const seen = new Set<string>()
  return cases.filter(({ on, ports, steps }) => {
    const kind = on.kind === 'learning' ? on.kind : 'other'
    const used = new Set(ports.flatMap(({ port }) => (port.kind === 'vnic' ? [port.portgroup] : [])))
    const portgroups = on.portgroups.filter(({ name }) => used.has(name))
    const key = JSON.stringify([{ ...on, kind, portgroups }, ports, steps.map(({ text }) => text)])
    return !seen.has(key) && seen.add(key)
  })
}

/** All in one VLAN, and no tag in any frame: what needs no VLAN filtering. */
export function isFlat({ on, ports, steps }: Case): boolean {
  const vlans = ports.map(({ port }) => {
    const found =
      port.kind === 'vnic' ? on.portgroups.find(({ name }) => name === port.portgroup)?.vlan : port.vlan
    if (!found || found.mode === 'trunk') return 'many'
    return found.mode === 'none' ? 0 : found.id
  })
  const plain = steps.every(({ frame }) => frame[12] === 0x88 && frame[13] === 0xb5)
  return plain && new Set(vlans).size === 1 && !vlans.includes('many')
}

const shortAgeS = 2
/** Within which the kernel makes room for new ones after the old ones have aged. */
const collectionS = 1.3

/** The same case with MACs that age within seconds: well before they do, and well after. */
export function hurried(one: Case): Case {
  if (one.steps.every(({ waitS }) => waitS === 0)) return one
  const ages = one.on.portgroups.map(({ name, macLearning = classicalLearning }) => ({
    name,
    ageS: macLearning.by === 'switch' ? macLearning.ageingS : 0,
  }))
  const used = one.ports.flatMap(({ port }) => (port.kind === 'vnic' ? [port.portgroup] : []))
  const ageS = Math.min(
    ...ages.filter(({ name, ageS: age }) => used.includes(name) && age > 0).map((each) => each.ageS),
    300,
  )
  const portgroups = one.on.portgroups.map((group) => {
    const learning = group.macLearning ?? (one.on.kind === 'learning' ? classicalLearning : undefined)
    if (learning?.by !== 'switch' || learning.ageingS === 0) return group
    return { ...group, macLearning: { ...learning, ageingS: shortAgeS } }
  })
  const waited = (waitS: number) => (waitS < ageS ? 0.6 * shortAgeS : 1.2 * shortAgeS + collectionS)
  return {
    ...one,
    on: { ...one.on, portgroups },
    steps: one.steps.map((step) => (step.waitS === 0 ? step : { ...step, waitS: waited(step.waitS) })),
  }
}
