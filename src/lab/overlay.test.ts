import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab } from './load.ts'
import { machinesOf, type Overlay, type ResolvedLab } from './model.ts'
import { resolvedYaml } from './resolved-yaml.ts'
import { showTree } from './show.ts'

function load(text: string): ResolvedLab {
  const { lab, problems } = loadLab(`nestlab: 1\nname: lab\n${text}`, { file: 'x.lab.yaml' })
  assert.ok(lab, JSON.stringify(problems, undefined, 1))
  const again = loadLab(resolvedYaml(lab), { file: 'x.lab.yaml' })
  assert.deepEqual({ ...again.lab, pending: lab.pending }, lab, 'it means the same once resolved')
  return lab
}

function overlay(lab: ResolvedLab, name: string): Overlay {
  const found = lab.overlays?.find((one) => one.name === name)
  assert.ok(found, `there is no overlay ${name}`)
  return found
}

function switchOf(lab: ResolvedLab, path: string, name = 'br0') {
  const machine = [...machinesOf(lab.top)].find((one) => one.path === path)
  const found = machine?.hypervisor?.inside.switches.find((one) => one.name === name)
  assert.ok(found, `there is no switch ${name} inside ${path}`)
  return found
}

const node = (groups: string, more = '') =>
  `nics: [{ portgroup: under, address: 10.0.0.0/24 }], hypervisor: { product: kvm, switches: { br0: { ${more}portgroups: { ${groups} } } } }`
const under = (more = '') => `switches: { s: { ${more}portgroups: { under: {} } } }\n`
const two = (groups: string, inner = '') =>
  `machines: { kvm: { count: 2, ${node(groups, inner)} } }\noverlays: { net: { vni: 7, between: [kvm], portgroup: a } }\n`

test('an overlay is an uplink of the switch inside each member, and its peers are the other members', () => {
  const lab = load(
    `${under()}machines:
  kvm-1: { ${node('a: { vlan: 10 }')} }
  kvm-2: { ${node('a: { vlan: 20 }')} }
overlays: { net: { vni: 7, between: [kvm-1, kvm-2], portgroup: a } }`,
  )
  const ends = overlay(lab, 'net').ends
  assert.deepEqual(
    ends.map(({ machine, nic }) => [machine, nic]),
    [
      ['kvm-1', 'nic0'],
      ['kvm-2', 'nic0'],
    ],
  )
  const [one, other] = ends
  assert.ok(one && other)
  const common = { kind: 'overlay', name: 'net', vni: 7, udpPort: 4789, learning: true }
  assert.deepEqual(switchOf(lab, 'kvm-1').uplinks, [
    { ...common, vlan: { mode: 'access', id: 10 }, local: one, peers: [other] },
  ])
  assert.deepEqual(switchOf(lab, 'kvm-2').uplinks, [
    { ...common, vlan: { mode: 'access', id: 20 }, local: other, peers: [one] },
  ])
  assert.deepEqual(lab.pending, [])
  assert.match(
    showTree(lab),
    /overlay net {2}VXLAN 7, UDP 4789, MTU 1450; kvm-1 10\.0\.0\.\d+ \(nic0\), kvm-2/,
  )
})

test('switches without an MTU of their own take what the tunnel leaves, 4 bytes less for a trunk', () => {
  const mtus = (text: string) => {
    const lab = load(text)
    return [overlay(lab, 'net').mtu, switchOf(lab, 'kvm-1').mtu, switchOf(lab, 'kvm-2').mtu]
  }
  assert.deepEqual(mtus(under() + two('a: {}')), [1450, 1450, 1450])
  assert.deepEqual(mtus(under() + two('a: { vlan: all }')), [1446, 1446, 1446])
  assert.deepEqual(mtus(under('mtu: 1600, ') + two('a: {}')), [1500, 1500, 1500])
  assert.deepEqual(mtus(under('mtu: 1550, ') + two('a: {}', 'mtu: 1500, ')), [1500, 1500, 1500])
  const jumbo = two('a: {}').replace('vni: 7', 'vni: 7, mtu: 8950')
  assert.deepEqual(mtus(under('mtu: 9000, ') + jumbo), [8950, 8950, 8950])
})

test('a member that says less lowers the others that say nothing', () => {
  const lab = load(
    `${under()}machines:
  kvm-1: { ${node('a: {}')} }
  kvm-2: { ${node('a: {}', 'mtu: 1400, ')} }
overlays: { net: { vni: 7, between: [kvm-1, kvm-2], portgroup: a } }`,
  )
  assert.deepEqual([overlay(lab, 'net').mtu, switchOf(lab, 'kvm-1').mtu], [1400, 1400])
})

test('an overlay between hypervisors inside others goes through all switches on the way', () => {
  const inner = `kvm: { nics: [{ portgroup: mid, address: 10.7.0.0/24 }], hypervisor: { product: kvm, switches: { br0: { portgroups: { net: {} } } } } }`
  const outer = `nics: [{ portgroup: under }], hypervisor: { product: kvm, switches: { br0: { mtu: 9000, uplinks: [nic0], portgroups: { mid: {} } } }, machines: { ${inner} } }`
  const lab = load(
    `${under('mtu: 1400, ')}machines: { one: { ${outer} }, two: { ${outer} } }
overlays: { net: { vni: 7, between: [one/kvm, two/kvm] } }`,
  )
  assert.equal(overlay(lab, 'net').mtu, 1350)
  assert.equal(switchOf(lab, 'one/kvm').mtu, 1350)
})

test('an overlay inside an overlay has what the outer one leaves', () => {
  const inner = `kvm: { nics: [{ portgroup: mid, address: 10.7.0.0/24 }], hypervisor: { product: kvm, switches: { br0: { portgroups: { net: {} } } } } }`
  const outer = `nics: [{ portgroup: under, address: 10.0.0.0/24 }], hypervisor: { product: kvm, switches: { br0: { portgroups: { mid: {} } } }, machines: { ${inner} } }`
  const lab = load(
    `${under()}machines: { one: { ${outer} }, two: { ${outer} } }
overlays:
  net: { vni: 7, between: [one/kvm, two/kvm] }
  mid: { vni: 8, between: [one, two] }`,
  )
  assert.deepEqual([overlay(lab, 'mid').mtu, overlay(lab, 'net').mtu], [1450, 1400])
})

test('addresses may be there twice in different overlays, and once in each', () => {
  const text = (second: string) => `${under()}machines:
  kvm-1: { ${node('a: { vlan: 10 }, b: { vlan: 20 }').replace(/ \}$/, '')}, machines: { a: { image: tiny, nics: [{ portgroup: a, address: 10.1.0.1/24 }] } } } }
  kvm-2: { ${node('a: { vlan: 10 }, b: { vlan: 20 }').replace(/ \}$/, '')}, machines: { b: { image: tiny, nics: [{ portgroup: ${second}, address: 10.1.0.1/24 }] } } } }
overlays:
  a: { vni: 1, between: [kvm-1, kvm-2] }
  b: { vni: 2, between: [kvm-1, kvm-2] }`
  load(text('b'))
  const { problems } = loadLab(`nestlab: 1\nname: lab\n${text('a')}`, { file: 'x.lab.yaml' })
  assert.deepEqual(
    problems.map((problem) => problem.text),
    ['`kvm-2/b` nic0 and `kvm-1/a` nic0 have the same address 10.1.0.1 in one network.'],
  )
})

test('members with one address are refused, though nothing joins them below', () => {
  const inner = `kvm: { nics: [{ portgroup: mid, address: 10.7.0.1/24 }], hypervisor: { product: kvm, switches: { br0: { portgroups: { net: {} } } } } }`
  const outer = `hypervisor: { product: kvm, switches: { br0: { portgroups: { mid: {} } } }, machines: { ${inner} } }`
  const text = `machines: { one: { ${outer} }, two: { ${outer} } }\noverlays: { net: { vni: 7, between: [one/kvm, two/kvm] } }`
  const { problems } = loadLab(`nestlab: 1\nname: lab\n${text}`, { file: 'x.lab.yaml' })
  assert.deepEqual(
    problems.map((problem) => problem.text),
    ['`one/kvm` and `two/kvm` both have the address 10.7.0.1, so neither could send to the other.'],
  )
})

test('an overlay that goes through the switch it is plugged into is refused', () => {
  const text = `${under()}machines:
  kvm:
    nics: [{ portgroup: under, address: 10.0.0.0/24 }, { portgroup: under }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic1], portgroups: { net: { vlan: 10 }, out: {} } } }
      machines:
        in: { nics: [{ portgroup: out, address: 10.0.0.0/24 }], hypervisor: { product: kvm, switches: { br0: { portgroups: { net: {} } } } } }
overlays: { net: { vni: 1, between: [kvm, kvm/in] } }`
  const { problems } = loadLab(`nestlab: 1\nname: lab\n${text}`, { file: 'x.lab.yaml' })
  assert.match(problems[0]?.text ?? '', /goes through `br0` inside `kvm`, the switch it is plugged into/)
})

test('overlays of more tunnels than a lab may have are refused at once', () => {
  const text =
    `${under()}machines: { kvm: { count: 500, ${node('net: {}')} } }\noverlays: { net: { vni: 1, between: [kvm] } }`.replace(
      '0.0/24',
      '0.0/16',
    )
  const { problems } = loadLab(`nestlab: 1\nname: lab\n${text}`, { file: 'x.lab.yaml' })
  assert.match(problems[0]?.text ?? '', /more than 200,000 tunnels/)
})
