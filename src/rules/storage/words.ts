/** Names and numbers of a lab as people read them in a finding. */
import type { Placed } from '../scene.ts'

const mostNames = 3

/** "`a`", "`a` and `b`", "`a`, `b`, `c` and 4 more". */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => `\`${name}\``)
  const left = names.length - shown.length
  const all = left > 0 ? [...shown, `${left} more`] : shown
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}

export function namedMachines(machines: readonly Placed[]): string {
  return named(machines.map(({ machine }) => machine.path))
}

/** "1 machine", "4 machines". */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`
}
