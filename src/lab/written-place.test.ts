/** `placeOf`: from a setting of the resolved lab to the line at which one has to edit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab } from './load.ts'
import type { Path } from './problem.ts'

const text = `nestlab: 1
name: places
switches:
  vSwitch0:
    security: { forgedTransmits: reject }
    portgroups:
      trunk:
        vlan: 4095
        security: { promiscuous: accept }
templates:
  base:
    image: kvm-node
    memory: 512MiB
    nics: [{ portgroup: trunk }]
    hypervisor:
      product: kvm
      switches:
        br0: { uplinks: [nic0], portgroups: { web: {} } }
  node:
    extends: base
    hypervisor:
      switches:
        br0:
          portgroups: { web: { vlan: 10 } }
machines:
  kvm: { extends: node, count: 2 }
  own:
    extends: base
    hypervisor:
      switches: { br0: { mtu: 9000 } }
      machines:
        vm:
          count: 2
          image: tiny
          memory: 96MiB
          nics: [{ portgroup: web, address: 10.0.0.0/24 }]
`

function placeOf(path: Path) {
  const loaded = loadLab(text, { file: 'a.lab.yaml' })
  assert.deepEqual(loaded.problems, [])
  const place = loaded.placeOf?.(path)
  assert.ok(place)
  return `${place.line}:${place.column} ${place.origin} ${place.at}`
}

const trunk = ['switches', 'vSwitch0', 'portgroups', 'trunk']
const inside = (machine: string) => ['machines', machine, 'hypervisor', 'switches', 'br0']

const rows: readonly (readonly [title: string, path: Path, place: string])[] = [
  [
    'a policy of the port group is found there',
    [...trunk, 'security', 'promiscuous'],
    '9:21 written switches.vSwitch0.portgroups.trunk.security.promiscuous',
  ],
  [
    'a policy that a port group inherits is found at its switch',
    [...trunk, 'security', 'forgedTransmits'],
    '5:17 inherited switches.vSwitch0.security.forgedTransmits',
  ],
  [
    'a policy that nobody names would be written into the port group',
    [...trunk, 'security', 'macChanges'],
    '9:9 default switches.vSwitch0.portgroups.trunk.security.macChanges',
  ],
  [
    'a switch without a key is pointed at by its name',
    ['switches', 'vSwitch0', 'mtu'],
    '4:3 default switches.vSwitch0.mtu',
  ],
  [
    'what a machine of a count inherits is found in the template',
    [...inside('kvm-2'), 'portgroups', 'web', 'vlan'],
    '24:32 written templates.node.hypervisor.switches.br0.portgroups.web.vlan',
  ],
  [
    'what the template itself inherits is found in its own template',
    [...inside('kvm-1'), 'uplinks'],
    '18:16 written templates.base.hypervisor.switches.br0.uplinks',
  ],
  [
    'what a machine says itself is found at the machine',
    [...inside('own'), 'mtu'],
    '30:26 written machines.own.hypervisor.switches.br0.mtu',
  ],
  [
    'machines inside machines are found by the key of their count',
    ['machines', 'own', 'hypervisor', 'machines', 'vm-2', 'nics', 0, 'address'],
    '36:36 written machines.own.hypervisor.machines.vm.nics[0].address',
  ],
  [
    'a name that is nowhere leads to what is nearest',
    ['machines', 'web-1', 'nics'],
    '25:1 default machines.web-1.nics',
  ],
]

for (const [title, path, place] of rows) test(title, () => assert.equal(placeOf(path), place))

test('a lab that is no text has places without lines', async () => {
  const { loadLabObject } = await import('./load.ts')
  const { parse } = await import('yaml')
  const { placeOf: find } = loadLabObject(parse(text), { file: 'a.lab.ts' })
  const place = find?.([...trunk, 'vlan'])
  assert.deepEqual([place?.line, place?.column, place?.origin], [0, 0, 'written'])
})
