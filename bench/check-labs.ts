/** Large labs of every shape, for measuring `nestlab check`. */

/** Machines in one hypervisor of the labs below, itself included. */
const perNode = 10
const perCluster = 16

const trunk = '{ vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept, macChanges: accept } }'
const hosts = `site:
  kind: facts
  hosts:
    one: { product: esxi, version: "7.0", cpu: { generation: haswell, cores: 64 }, memory: 12TiB }
    two: { product: esxi, version: "7.0", cpu: { generation: skylake, cores: 64 }, memory: 12TiB }
`

export interface Shape {
  readonly name: string
  /** The text of a lab file with about so many machines. */
  readonly textOf: (machines: number) => string
}

const head = (name: string) => `nestlab: 1\nname: ${name}\n`
const outside = `switches:\n  vSwitch0: { portgroups: { management: {}, trunk: ${trunk} } }\n`

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

function kvmNode(vms: string): string {
  return `
    image: kvm-node
    memory: 2GiB
    nics: [{ portgroup: management, address: 10.0.0.0/16 }, { portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic1], portgroups: { web: { vlan: 10 } } } }
      machines: ${vms}`
}

const inner = `image: tiny, memory: 96MiB, nics: [{ portgroup: web, address: 10.8.0.0/14 }]`

/** Hypervisors that `count` makes, with machines that `count` makes. */
const counted: Shape = {
  name: 'nested, by count',
  textOf: (machines) =>
    `${head('counted')}${outside}machines:\n  kvm:\n    count: ${machines / perNode}${kvmNode(`{ vm: { count: ${perNode - 1}, ${inner} } }`)}\n`,
}

/** The same with every hypervisor and every machine written out. */
const written: Shape = {
  name: 'nested, written out',
  textOf: (machines) => {
    const vms = `{ ${numbers(perNode - 1)
      .map((number) => `vm-${number}: { ${inner} }`)
      .join(', ')} }`
    const nodes = numbers(machines / perNode).map((number) => `  kvm-${number}:${kvmNode(vms)}\n`)
    return `${head('written')}${outside}machines:\n${nodes.join('')}`
  },
}

/** Nested ESXi hosts in clusters, all from one template, on hosts of two generations. */
const clustered: Shape = {
  name: 'ESXi in clusters',
  textOf: (machines) => {
    const clusters = numbers(Math.ceil(machines / perNode / perCluster))
    return `${head('clustered')}${hosts}${outside}templates:
  host:
    cpus: 2
    memory: 16GiB
    bootDisk: 160GiB
    nics: [{ portgroup: management, address: 10.0.0.0/16 }, { portgroup: trunk }]
    hardware: { version: 14, exposeVirtualization: true }
    hypervisor:
      product: esxi
      version: "7.0"
      switches: { vSwitch0: { uplinks: [nic1], portgroups: { web: { vlan: 10 } } } }
      machines: { vm: { count: ${perNode - 1}, ${inner.replace('96MiB', '1GiB')} } }
datastores:
  shared: { kind: nfs, size: 40TiB }
clusters:
${clusters.map((number) => `  c${number}: { members: [c${number}-host], evc: haswell, drs: true, ha: true }\n`).join('')}machines:
${clusters.map((number) => `  c${number}-host: { extends: host, count: ${perCluster} }\n`).join('')}`
  },
}

/** KVM nodes joined by overlays of sixteen each, three levels deep. */
const overlaid: Shape = {
  name: 'overlays, 3 levels',
  textOf: (machines) => {
    const groups = numbers(Math.ceil(machines / perNode / perCluster))
    const deep = `{ in: { image: kvm-node, memory: 512MiB, hypervisor: { product: kvm, switches: { br0: { portgroups: { web: {} } } }, machines: { vm: { count: ${perNode - 2}, image: tiny, memory: 32MiB, nics: [{ portgroup: web }] } } } } }`
    return `${head('overlaid')}switches:\n  vSwitch0: { mtu: 1600, portgroups: { management: {} } }\noverlays:
${groups.map((number) => `  t${number}: { vni: ${number}, between: [n${number}], portgroup: web }\n`).join('')}machines:
${groups
  .map(
    (number) =>
      `  n${number}:\n    count: ${perCluster}\n    image: kvm-node\n    memory: 1GiB\n    nics: [{ portgroup: management, address: 10.0.0.0/16 }]\n    hypervisor:\n      product: kvm\n      switches: { br0: { portgroups: { web: { vlan: 10 } } } }\n      machines: ${deep}\n`,
  )
  .join('')}`
  },
}

/** As clustered, with a boot disk that is too small: every hypervisor has a finding. */
const broken: Shape = {
  name: 'ESXi, each broken',
  textOf: (machines) => clustered.textOf(machines).replace('bootDisk: 160GiB', 'bootDisk: 8GiB'),
}

export const shapes: readonly Shape[] = [counted, written, clustered, overlaid, broken]
