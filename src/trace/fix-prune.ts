/** A large lab file without the machines that a probe has nothing to do with, so that many changes can be tried. */
import { valueAt } from './fix-places.ts'

/** Paths of machines, below the level that is looked at. */
type Wanted = readonly (readonly string[])[]

/**
 * Names, and with them MACs, stay what they are; `count` shrinks to the members that are needed. Undefined where
 * machines left out may matter: overlays join many of them.
 */
export function pruned(plain: unknown, ends: readonly string[]): unknown {
  if (!isRecord(plain) || plain.overlays !== undefined) return undefined
  const { expect: _, clusters: __, datastores: ___, ...rest } = plain
  const wanted = ends.map((end) => (end.split(':')[0] ?? '').split('/'))
  return { ...rest, ...(isRecord(plain.machines) && { machines: kept(plain.machines, wanted) }) }
}

function kept(machines: Record<string, unknown>, wanted: Wanted): Record<string, unknown> {
  const entries = Object.entries(machines).flatMap(([key, machine]): [string, unknown][] => {
    const counted = valueAt(machine, ['count']) !== undefined
    const mine = wanted.filter(([name = '']) => (counted ? memberOf(key, name) > 0 : name === key))
    if (mine.length === 0 || !isRecord(machine)) return []
    const count = Math.max(...mine.map(([name = '']) => memberOf(key, name)))
    const inside = mine.map(([, ...below]) => below)
    return [[key, { ...withoutOthers(machine, inside), ...(counted && { count }) }]]
  })
  return Object.fromEntries(entries)
}

function withoutOthers(machine: Record<string, unknown>, wanted: Wanted): Record<string, unknown> {
  const { hypervisor } = machine
  if (!isRecord(hypervisor) || !isRecord(hypervisor.machines)) return machine
  return { ...machine, hypervisor: { ...hypervisor, machines: kept(hypervisor.machines, wanted) } }
}

/** 3 for `kvm-3`; 0 for what is no member of `kvm`. */
function memberOf(key: string, name: string): number {
  return name.startsWith(`${key}-`) && /^\d+$/.test(name.slice(key.length + 1))
    ? Number(name.slice(key.length + 1))
    : 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
