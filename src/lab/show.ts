/** `nestlab show`: the lab as a tree, with levels, policies, VLANs and addresses. */
import type {
  Cluster,
  LabSwitch,
  Level,
  Machine,
  MacLearning,
  Nic,
  Overlay,
  PortGroup,
  ResolvedLab,
  SwitchKind,
} from './model.ts'
import type { HostFacts } from './model-traits.ts'
import { printable } from './problem.ts'
import { productNamed } from './products.ts'
import { imageName } from './resolution.ts'
import { formatMiB } from './sizes.ts'
import { uplinkWords } from './uplink-text.ts'
import { formatVlan } from './vlan.ts'

interface Branch {
  readonly text: string
  readonly branches: readonly Branch[]
}

/** Lines joined by line ends, without colours. */
export function showTree(lab: ResolvedLab): string {
  const purpose = lab.purpose === undefined ? [] : [printable(lab.purpose)]
  const branches = [
    ...(lab.hosts ?? []).map(hostBranch),
    ...(lab.clusters ?? []).map(clusterBranch),
    ...(lab.overlays ?? []).map(overlayBranch),
    ...levelBranches(lab.top),
  ]
  return [`${lab.name}  L0 on ${lab.site}`, ...purpose, ...drawn(branches, '')].join('\n')
}

function drawn(branches: readonly Branch[], indent: string): readonly string[] {
  return branches.flatMap(({ text, branches: inner }, index) => {
    const last = index === branches.length - 1
    return [`${indent}${last ? '└─ ' : '├─ '}${text}`, ...drawn(inner, `${indent}${last ? '   ' : '│  '}`)]
  })
}

function leaf(text: string): Branch {
  return { text, branches: [] }
}

function levelBranches(level: Level): readonly Branch[] {
  return [...level.switches.map(switchBranch), ...level.machines.map(machineBranch)]
}

function hostBranch(host: HostFacts): Branch {
  const { cpu } = host
  const parts = [
    `host ${host.name}`,
    [host.product && (productNamed(host.product)?.title ?? host.product), host.version]
      .filter(Boolean)
      .join(' '),
    [cpu?.model, cpu?.generation, cpu?.cores && `${cpu.cores} cores`].filter(Boolean).join(', '),
    host.memoryMiB === undefined ? '' : formatMiB(host.memoryMiB),
    host.nics.length === 0 ? '' : `${host.nics.length} NICs`,
    '(facts)',
  ]
  return leaf(printable(parts.filter((part) => part !== '').join('  ')))
}

function clusterBranch({ name, members, evc, drs, ha }: Cluster): Branch {
  const features = [evc && `EVC ${evc}`, drs && 'DRS', ha && 'HA'].filter(Boolean)
  return leaf(printable([`cluster ${name}`, members.join(', '), ...features].join('  ')))
}

function overlayBranch({ name, vni, mtu, udpPort, learning, ends }: Overlay): Branch {
  const how = `VXLAN ${vni}, UDP ${udpPort}, MTU ${mtu}${learning ? '' : ', not learning'}`
  const members = ends.map(({ machine, nic, ip }) => `${machine} ${ip} (${nic})`)
  return leaf(`overlay ${name}  ${how}; ${members.join(', ')}`)
}

function switchBranch(labSwitch: LabSwitch): Branch {
  const uplinks = labSwitch.uplinks.map(uplinkWords)
  const outside = uplinks.length === 0 ? 'isolated' : `uplink ${uplinks.join(', ')}`
  return {
    text: `switch ${labSwitch.name}  ${labSwitch.kind}, MTU ${labSwitch.mtu}, ${outside}${unusual(labSwitch)}`,
    branches: labSwitch.portgroups.map((group) => portgroupBranch(group, labSwitch.kind)),
  }
}

function unusual({ promiscuousScope, floodingGate, reversePathCheck }: LabSwitch): string {
  const parts = [
    promiscuousScope === 'portgroup' && 'promiscuous within port groups',
    floodingGate === 'both' && 'flooding gated by the sender too',
    reversePathCheck && 'reverse path check',
  ]
  return parts
    .filter(Boolean)
    .map((part) => `, ${part}`)
    .join('')
}

function portgroupBranch(group: PortGroup, kind: SwitchKind): Branch {
  const { name, vlan } = group
  const written = formatVlan(vlan)
  const tags = vlan.mode === 'none' ? 'no VLAN' : written === 4095 ? 'trunk of every VLAN' : `VLAN ${written}`
  const policies =
    kind === 'hyperv' ? [`MAC spoofing ${group.macLearning ? 'on' : 'off'}`] : policiesOf(group, kind)
  return leaf(`port group ${name}  ${tags}; ${policies.join(', ')}`)
}

function policiesOf({ security, macLearning }: PortGroup, kind: SwitchKind): readonly string[] {
  return [
    `promiscuous ${security.promiscuous}`,
    `forged transmits ${security.forgedTransmits}`,
    `MAC changes ${security.macChanges}`,
    ...(macLearning ? [learningText(macLearning)] : kind === 'distributed' ? ['no MAC learning'] : []),
  ]
}

function learningText(learning: MacLearning): string {
  if (learning.by === 'dvfilter') return 'MAC learning filter (dvfilter)'
  const { limit, limitPolicy, flooding, ageingS } = learning
  const ageing = ageingS === 0 ? 'kept for good' : `kept for ${ageingS} s`
  return `MAC learning up to ${limit} (${limitPolicy} beyond, ${ageing}${flooding ? '' : ', no flooding'})`
}

function machineBranch(machine: Machine): Branch {
  const { hypervisor } = machine
  const title = hypervisor && (productNamed(hypervisor.product)?.title ?? hypervisor.product)
  const parts = [
    `${machine.name}  L${machine.level}`,
    printable(imageName(machine.image)),
    `${machine.cpus} CPU${machine.cpus === 1 ? '' : 's'}`,
    formatMiB(machine.memoryMiB),
    ...(title ? [`${title}${hypervisor?.version === undefined ? '' : ` ${hypervisor.version}`}`] : []),
  ]
  return {
    text: parts.join('  '),
    branches: [...machine.nics.map(nicBranch), ...(hypervisor ? levelBranches(hypervisor.inside) : [])],
  }
}

function nicBranch({ name, portgroup, mac, address }: Nic): Branch {
  const where = address ? `  ${address.ip}/${address.prefixLength}` : ''
  return leaf(`${name}  ${portgroup}  ${mac}${where}`)
}
