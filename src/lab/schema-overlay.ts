/** The part of the schema about networks that are tunnelled between hypervisors. */
import type * as z from 'zod'
import { limits } from './limits.ts'
import { described, keysOf, listOf, oneOf, plainText, wholeNumber, yesOrNo } from './schema-leaf.ts'

export const overlaySchema = keysOf({
  kind: described(oneOf(['vxlan']), 'The kind of tunnel. Default `vxlan`.', 'vxlan').optional(),
  vni: described(
    wholeNumber(1, 16_777_215),
    'Number of the virtual network (VNI), which tells it from others on the way. VLANs inside the members are ' +
      'no part of it: the same overlay may be VLAN 10 in one of them and VLAN 20 in another.',
    5001,
  ),
  between: described(
    listOf(plainText('the path of a hypervisor, such as `kvm-1`', 600), 10_000),
    'Paths of the hypervisors that the tunnel joins (with `count`, also the name of all of them). Each sends to ' +
      'all others: there is no multicast group and no controller.',
    ['kvm-1', 'kvm-2'],
  ),
  portgroup: described(
    plainText('the name of a port group', 200),
    'The port group inside them that it carries; its VLAN leaves the hypervisor by no other uplink. Default: the ' +
      'one called like the overlay.',
    'tenant-a',
  ).optional(),
  mtu: described(
    wholeNumber(limits.mtuMin, limits.mtuMax),
    'Largest packet inside in bytes. Default: what the network below leaves, which is 50 bytes less than its MTU (54 ' +
      'less where the port group is a trunk). Switches that name no `mtu` of their own take it over, and so do their machines.',
    1450,
  ).optional(),
  over: described(
    plainText('the name of a port group or NIC', 200),
    'The port group, or the NIC (`nic0`), of the members that the tunnel goes through. Needed only where they share ' +
      'several networks in which each has an address.',
    'management',
  ).optional(),
  port: described(
    wholeNumber(1, 65_535),
    'UDP port of the tunnel. Default 4789, the one assigned to VXLAN; Linux once used 8472.',
    4789,
  ).optional(),
  learning: described(
    yesOrNo(),
    'Whether members learn from arriving frames which of the others a MAC is behind. Without it every frame is sent ' +
      'to all of them. Default true.',
    true,
  ).optional(),
}).meta({ id: 'Overlay', description: 'A network between hypervisors, tunnelled through the one below.' })

export type OverlayInput = z.output<typeof overlaySchema>
