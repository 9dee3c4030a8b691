/** What a machine is there for, as far as that is certain; a guess becomes a comment. */
import { isNestedEsxi, type SeenMachine } from './machines.ts'

export interface Roles {
  /** Addresses and names of the vCenter that was asked; empty when it was a host. */
  readonly server: ReadonlySet<string>
  /** Names of its clusters in the lab file. */
  readonly clusters: readonly string[]
}

const vcenterAppliance = /^VMware vCenter Server/i

export function roleOf(
  machine: SeenMachine,
  { server, clusters }: Roles,
): { readonly role: 'vcenter' | 'template'; readonly manages?: readonly string[] } | undefined {
  if (machine.isTemplate) return { role: 'template' }
  if (isServer(machine, server)) return { role: 'vcenter', manages: clusters }
  return vcenterAppliance.test(machine.appliance ?? '') ? { role: 'vcenter' } : undefined
}

/** The machine at whose address the vCenter was reached. */
function isServer({ addresses, guestName }: SeenMachine, server: ReadonlySet<string>): boolean {
  const ips = [...addresses.values()].flat().map(({ ip }) => ip)
  return [...ips, guestName?.toLowerCase() ?? ''].some((one) => server.has(one))
}

/** What to look at, where nothing is certain. */
export function hintsOf(machine: SeenMachine): readonly string[] {
  const { name, appliance = '', exposesVirtualization, isTemplate } = machine
  const hints: string[] = []
  if (exposesVirtualization === true && !isNestedEsxi(machine) && machine.hasVbs !== true)
    hints.push(
      'Hardware virtualization is exposed to it: if it is a hypervisor, say so with `hypervisor:`; from outside that cannot be seen.',
    )
  if (isTemplate) return hints
  if (/\b(vcsa|vcenter|vc\d*)\b/i.test(name.replaceAll('_', ' ')) && !vcenterAppliance.test(appliance))
    hints.push('If it is a vCenter, add `role: vcenter`.')
  else if (/\bnsx/i.test(`${name} ${appliance}`)) hints.push('If it is a part of NSX, add its `role`.')
  return hints
}
