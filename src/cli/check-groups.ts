/** Findings as people read them: with their places in the file, and those of the machines of one `count` as one. */
import type { WrittenPlace } from '#lab'
import type { Finding, LabPath, Rule, Severity } from '#rules'

/** The order of weight; a setting of `--severity` shows itself and what stands before it. */
export const weights = ['error', 'warning', 'advice'] as const satisfies readonly Severity[]

export interface FindingGroup {
  readonly rule: Rule
  readonly severity: Severity
  /** Absent for a lab without a file. */
  readonly place?: WrittenPlace
  /** Keys as the file has them; of a lab without a file by names of the lab. */
  readonly at: string
  /** Of the first finding. */
  readonly text: string
  readonly remedy: string
  /** Paths of the machines that it is found at; empty when it is about none. */
  readonly machines: readonly string[]
}

export interface Places {
  readonly placeOf?: ((path: LabPath) => WrittenPlace) | undefined
  readonly placeText: (at: LabPath) => string
}

/** In the order of the first finding of each group. */
export function groupsOf(findings: readonly Finding[], { placeOf, placeText }: Places): FindingGroup[] {
  const groups = new Map<string, FindingGroup & { machines: string[] }>()
  const seen = new Map<string, number>()
  for (const { rule, severity, at, text, remedy } of findings) {
    const place = placeOf?.(at)
    // Two findings at the very same place say different things, so they stay two.
    const exact = `${rule.id} ${placeText(at)}`
    const nth = seen.get(exact) ?? 0
    seen.set(exact, nth + 1)
    const where = place?.at ?? placeText(at)
    const key = [rule.id, severity, place ? where : withoutNumbers(at, placeText), nth].join(' ')
    const machine = machineOf(at)
    const group = groups.get(key)
    if (group && machine !== undefined) group.machines.push(machine)
    else {
      const machines = machine === undefined ? [] : [machine]
      groups.set(group ? exact + groups.size : key, {
        ...{ rule, severity, at: where, text, remedy, machines },
        ...(place && { place }),
      })
    }
  }
  return [...groups.values()]
}

/** The path of the innermost machine that a place is about: `kvm-1/web`. */
export function machineOf(at: LabPath): string | undefined {
  const names: string[] = []
  for (const [index, step] of at.entries()) {
    const before = at[index - 1]
    const opens = index === 1 || at[index - 2] === 'hypervisor'
    if (before === 'machines' && opens) names.push(String(step))
  }
  return names.length > 0 ? names.join('/') : undefined
}

/** Machines that `count` made, as they are told apart without a file. */
function withoutNumbers(at: LabPath, placeText: Places['placeText']): string {
  return placeText(at.map((step) => (typeof step === 'string' ? step.replace(/-[0-9]+$/, '') : step)))
}

/** `esxi-1, esxi-2 and 2 more`. */
export function namesOf(machines: readonly string[]): string {
  const most = 3
  if (machines.length <= most) return machines.join(', ')
  return `${machines.slice(0, most - 1).join(', ')} and ${machines.length - most + 1} more`
}
