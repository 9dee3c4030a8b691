/** `extends`: finds templates that contain themselves, and merges the others into the machines. */

import { instead } from './near.ts'
import type { Finding, Path } from './problem.ts'
import type { HypervisorInput, MachineInput, TemplateInput } from './schema-machine.ts'
import type { PortgroupInput, SwitchInput } from './schema-network.ts'

export type Templates = ReadonlyMap<string, TemplateInput>

/** The machine with everything it inherits. Its templates must be free of cycles. */
export function inherited(machine: MachineInput, templates: Templates): MachineInput {
  const template = machine.extends === undefined ? undefined : templates.get(machine.extends)
  return template ? mergeMachine(inherited(template, templates), machine) : machine
}

function mergeMachine(base: MachineInput, over: MachineInput): MachineInput {
  const hypervisor = mergeOptional(base.hypervisor, over.hypervisor, mergeHypervisor)
  const hardware = mergeOptional(base.hardware, over.hardware, mergeHardware)
  return { ...base, ...over, ...(hypervisor && { hypervisor }), ...(hardware && { hardware }) }
}

type HardwareInput = NonNullable<MachineInput['hardware']>

function mergeHardware(base: HardwareInput, over: HardwareInput): HardwareInput {
  const settings = { ...base.settings, ...over.settings }
  return { ...base, ...over, ...(Object.keys(settings).length > 0 && { settings }) }
}

function mergeHypervisor(base: HypervisorInput, over: HypervisorInput): HypervisorInput {
  const switches = mergeMaps(base.switches, over.switches, mergeSwitch)
  const machines = mergeMaps(base.machines, over.machines, mergeMachine)
  return { ...base, ...over, ...(switches && { switches }), ...(machines && { machines }) }
}

function mergeSwitch(base: SwitchInput, over: SwitchInput): SwitchInput {
  const portgroups = mergeMaps(base.portgroups, over.portgroups, mergePortgroup)
  return { ...base, ...over, ...mergedSecurity(base, over), ...(portgroups && { portgroups }) }
}

function mergePortgroup(base: PortgroupInput, over: PortgroupInput): PortgroupInput {
  return { ...base, ...over, ...mergedSecurity(base, over) }
}

function mergedSecurity(base: PortgroupInput | SwitchInput, over: PortgroupInput | SwitchInput) {
  if (!base.security && !over.security) return {}
  return { security: { ...base.security, ...over.security } }
}

function mergeOptional<Value>(
  base: Value | undefined,
  over: Value | undefined,
  merge: (base: Value, over: Value) => Value,
): Value | undefined {
  return base !== undefined && over !== undefined ? merge(base, over) : (over ?? base)
}

function mergeMaps<Value>(
  base: Record<string, Value> | undefined,
  over: Record<string, Value> | undefined,
  merge: (base: Value, over: Value) => Value,
): Record<string, Value> | undefined {
  if (!base || !over) return over ?? base
  const merged = new Map(Object.entries(base))
  for (const [name, value] of Object.entries(over)) {
    const before = merged.get(name)
    merged.set(name, before === undefined ? value : merge(before, value))
  }
  return Object.fromEntries(merged)
}

/**
 * Says which `extends` of templates lead back to the template itself, directly or through machines inside it.
 * Returns the templates that can be used.
 */
export function usableTemplates(declared: Record<string, TemplateInput>, findings: Finding[]): Templates {
  const usesOf = new Map(
    Object.entries(declared).map(([name, template]) => [name, [...uses(template, ['templates', name])]]),
  )
  const state = new Map<string, 'open' | 'done'>()
  const cyclic = new Set<string>()
  const visit = (name: string, trail: readonly string[]): void => {
    state.set(name, 'open')
    if (trail.length > longestChain) {
      cyclic.add(name)
      findings.push(tooLong(name))
      return
    }
    for (const use of usesOf.get(name) ?? []) {
      if (state.get(use.template) === 'open') {
        cyclic.add(name)
        findings.push(cycle([...trail.slice(trail.indexOf(use.template)), use.template], use.path))
      } else if (usesOf.has(use.template)) {
        if (!state.has(use.template)) visit(use.template, [...trail, use.template])
      } else findings.push(unknownTemplate(use.template, usesOf.keys(), use.path))
      if (cyclic.has(use.template)) cyclic.add(name)
    }
    state.set(name, 'done')
  }
  for (const name of usesOf.keys()) if (!state.has(name)) visit(name, [name])
  return new Map(Object.entries(declared).filter(([name]) => !cyclic.has(name)))
}

const longestChain = 50

function tooLong(name: string): Finding {
  return {
    path: ['templates', name],
    text: `More than ${longestChain} templates build on one another here.`,
    remedy: 'Let templates extend fewer others.',
  }
}

interface Use {
  readonly template: string
  readonly path: Path
}

function* uses(machine: TemplateInput, path: Path): Generator<Use> {
  if (machine.extends !== undefined) yield { template: machine.extends, path: [...path, 'extends'] }
  for (const [name, inner] of Object.entries(machine.hypervisor?.machines ?? {})) {
    yield* uses(inner, [...path, 'hypervisor', 'machines', name])
  }
}

function cycle(trail: readonly string[], path: Path): Finding {
  return {
    path,
    text: `The template contains itself: ${trail.map((name) => `\`${name}\``).join(' → ')}.`,
    remedy: 'Remove one `extends` of this chain.',
  }
}

export function unknownTemplate(name: string, known: Iterable<string>, path: Path): Finding {
  return {
    path,
    text: `There is no template \`${name}\`.`,
    remedy: () => instead(name, [...known], 'templates'),
  }
}
