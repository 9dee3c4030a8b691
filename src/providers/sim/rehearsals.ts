/** Failures that anyone can rehearse by giving a machine a well-known name, and how long machines take to boot. */

export type Rehearsal =
  | 'never-boots'
  | 'too-big'
  | 'no-start'
  | 'crashes'
  | 'crashes-later'
  | 'slow'
  | 'ignores-shutdown'
  | 'stuck'
  | 'impostor'
  | 'unkeepable'
  | 'disk-full'
  | 'never-safe'
  | 'forgets'
  | 'never-wakes'

const rehearsals: readonly Rehearsal[] = [
  'never-boots',
  'too-big',
  'no-start',
  'crashes',
  'crashes-later',
  'slow',
  'ignores-shutdown',
  'stuck',
  'impostor',
  'unkeepable',
  'disk-full',
  'never-safe',
  'forgets',
  'never-wakes',
]

/** By the machine's own name, with or without the number that `count` appends: `crashes`, `crashes-2`. */
export function rehearsalOf(name: string): Rehearsal | undefined {
  const plain = name.replace(/-\d+$/, '')
  return rehearsals.find((rehearsal) => rehearsal === plain)
}

const bootMs = { plain: 1_000, hypervisor: 3_000 }

/** Virtual milliseconds from start until the guest answers; infinite when it never will. */
export function bootTimeMs(machine: { readonly name: string; readonly hypervisor: boolean }): number {
  const usual = machine.hypervisor ? bootMs.hypervisor : bootMs.plain
  const rehearsal = rehearsalOf(machine.name)
  if (rehearsal === 'never-boots') return Number.POSITIVE_INFINITY
  return rehearsal === 'slow' ? usual * 10 : usual
}

/** Virtual milliseconds from start until the machine's process dies by itself; undefined when it does not. */
export function crashTimeMs(machine: {
  readonly name: string
  readonly hypervisor: boolean
}): number | undefined {
  const rehearsal = rehearsalOf(machine.name)
  if (rehearsal === 'crashes') return bootTimeMs(machine) / 2
  return rehearsal === 'crashes-later' ? bootTimeMs(machine) + 30_000 : undefined
}

/** Virtual milliseconds that an orderly shutdown takes. */
export const shutdownMs = 500
