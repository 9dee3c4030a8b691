import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabSwitch } from '#lab'
import { compileBridge } from '#switch'
import { planOf, vxlanEndsOf } from './bridge-plans.ts'
import { insideNames } from './device-names.ts'

const security = { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' } as const
const vlan = { mode: 'access', id: 10 } as const
const br0: LabSwitch = {
  name: 'br0',
  kind: 'standard',
  mtu: 1450,
  uplinks: [
    { kind: 'nic', name: 'nic1' },
    {
      kind: 'overlay',
      name: 'tenant-a',
      vni: 5001,
      vlan,
      local: { machine: 'kvm-1', nic: 'nic0', ip: '192.168.50.1' },
      peers: [{ machine: 'kvm-2', nic: 'nic0', ip: '192.168.50.2' }],
      udpPort: 4789,
      learning: true,
    },
  ],
  portgroups: [
    { name: 'a', vlan, security },
    { name: 'b', vlan: { mode: 'access', id: 20 }, security },
  ],
}

test('an overlay is an uplink of the bridge in the VLAN of its port group, which no other uplink carries', () => {
  const plan = planOf(br0, { switches: [br0], machines: [] }, insideNames)
  const script = compileBridge(plan)[0]?.at(-1) ?? ''
  assert.match(script, /vlan add dev vxlan5001 vid 10 pvid untagged/)
  assert.match(script, /vlan add dev nic1 vid 20'/)
  assert.doesNotMatch(script, /vlan add dev nic1 vid 10/)
  assert.match(script, /link set dev vxlan5001 mtu 1450 +master br-br0 up/)
  assert.deepEqual(vxlanEndsOf(br0), [
    { vni: 5001, nic: 'nic0', local: '192.168.50.1', peers: ['192.168.50.2'], udpPort: 4789, learning: true },
  ])
})
