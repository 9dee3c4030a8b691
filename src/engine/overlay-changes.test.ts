import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabSwitch, OverlayUplink } from '#lab'
import { switchChanges } from './facts.ts'

const end = (number: number) => ({ machine: `kvm-${number}`, nic: 'nic0', ip: `10.0.0.${number}` })
const net: OverlayUplink = {
  kind: 'overlay',
  name: 'net',
  vni: 7,
  vlan: { mode: 'access', id: 10 },
  local: end(1),
  peers: [end(2)],
  udpPort: 4789,
  learning: true,
}
const withOverlays = (...uplinks: OverlayUplink[]): LabSwitch => ({
  name: 'br0',
  kind: 'standard',
  mtu: 1450,
  uplinks,
  portgroups: [],
})

test('a plan says of an overlay only what changes', () => {
  const changes = (...now: OverlayUplink[]) => switchChanges(withOverlays(net), withOverlays(...now))
  assert.deepEqual(changes(net), [])
  assert.deepEqual(changes({ ...net, peers: [end(2), end(3)] }), ['overlay net: also to kvm-3'])
  assert.deepEqual(changes({ ...net, peers: [end(4)] }), [
    'overlay net: also to kvm-4',
    'overlay net: no more to kvm-2',
  ])
  assert.deepEqual(changes({ ...net, vni: 8, learning: false }), [
    'overlay net: VNI 7 → 8',
    'overlay net: learning true → false',
  ])
  assert.deepEqual(changes(), ['overlay net goes'])
  assert.deepEqual(changes(net, { ...net, name: 'other', vni: 9 }), ['new overlay other'])
})
