/** A circle of switches, which no lab file can describe: the walk must end all the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSwitch, type SwitchPort } from '#switch'
import type { Behind, Net, SwitchNode } from './net.ts'
import { newMemory, walk } from './walk.ts'

const nic = (id: string): SwitchPort => ({
  kind: 'vnic',
  id,
  portgroup: 'all',
  initialMac: '02:00:00:00:00:01',
  effectiveMac: '02:00:00:00:00:01',
  guestPromiscuous: true,
})

/** A vNIC that joins another switch, and an uplink that leads to yet another one. */
function switchNode(index: number, behind: Behind[]): SwitchNode {
  const security = { promiscuous: 'accept', forgedTransmits: 'accept', macChanges: 'accept' } as const
  const group = { name: 'all', vlan: { mode: 'none' }, security } as const
  const spec = { name: `s${index}`, kind: 'standard', mtu: 1500, uplinks: [], portgroups: [group] } as const
  const state = compileSwitch(spec, [nic('in'), { kind: 'uplink', id: 'out' }])
  return { index, owner: '', level: 0, state, behind }
}

test('a frame that comes back to where it was is followed no further', () => {
  const [left, right]: [Behind[], Behind[]] = [[], []]
  const nodes = [switchNode(0, left), switchNode(1, right)] as const
  // Out of each switch, and by the vNIC into the other one.
  left.push({ kind: 'out-of-lab' }, { kind: 'outside', spot: { at: nodes[1], port: 0 } })
  right.push({ kind: 'out-of-lab' }, { kind: 'outside', spot: { at: nodes[0], port: 0 } })
  const net: Net = {
    switches: nodes,
    machines: new Map(),
    plugs: new Map(),
    overlays: new Map(),
    sharedIps: new Set(),
  }
  const frame = new Uint8Array(60).fill(0xff, 0, 6)
  const walked = walk(net, { spot: { at: nodes[0], port: 0 }, frame }, newMemory())
  assert.equal(walked.loop, 's0')
  assert.equal(walked.visits.length, 2)
})
