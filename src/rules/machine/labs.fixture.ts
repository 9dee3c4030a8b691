/** Pieces of lab files for the cases of this pack. */

/** Level 0 as one host called a. */
export function onHost(facts: string): string {
  return onHosts({ a: facts })
}

export function onHosts(hosts: Readonly<Record<string, string>>): string {
  const all = Object.entries(hosts).map(([name, facts]) => `${name}: { ${facts} }`)
  return `site: { kind: facts, hosts: { ${all.join(', ')} } }\n`
}

/** A KVM node called kvm with a small machine in it. */
export const kvm = kvmWith('')

/** The same with further keys of the node. */
export function kvmWith(keys: string, machines = 'web: { image: tiny }'): string {
  return `machines:\n  kvm: { image: kvm-node, memory: 1GiB, ${keys} hypervisor: { machines: { ${machines} } } }\n`
}

/** An ESXi called esxi with a machine of 1 GiB in it, and further keys of its own. */
export function esxiWith(
  version: string,
  keys = '',
  machines = 'web: { image: debian, memory: 1GiB }',
): string {
  return hypervisorWith('esxi', version, keys, machines)
}

export function hypervisorWith(
  product: string,
  version: string,
  keys = '',
  machines = 'web: { image: debian, memory: 1GiB }',
): string {
  const inside = `hypervisor: { product: ${product}, version: "${version}", machines: { ${machines} } }`
  return `machines:\n  ${product}: { memory: 16GiB, cpus: 4, ${keys} ${inside} }\n`
}
