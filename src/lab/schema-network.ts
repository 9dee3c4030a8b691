/** The part of the schema about switches, port groups and NICs. */
import type * as z from 'zod'
import { readAddress } from './address.ts'
import { limits } from './limits.ts'
import { readMac } from './mac.ts'
import { portgroupNames } from './names.ts'
import {
  described,
  keysOf,
  listOf,
  mapOf,
  oneOf,
  plainText,
  textRead,
  wholeNumber,
  yesOrNo,
} from './schema-leaf.ts'
import { macLearningSchema, securitySchema, vlanSchema } from './schema-policies.ts'
import { nicModel } from './schema-traits.ts'
import { uplinkSchema } from './schema-uplink.ts'

const hostsKey = described(
  listOf(plainText('the name of a host', 200), 1000),
  'Hosts of the site that have it; only at level 0 of a lab with facts. Default: all of them.',
  ['esxi-a', 'esxi-b'],
).optional()

const portgroupSchema = keysOf({
  vlan: described(
    vlanSchema,
    'The VLAN: 0 for none, 1 to 4094 for an access VLAN, 4095 or `all` for a trunk of every VLAN, or the VLANs ' +
      'of a trunk as ranges (`"10-20,30"`). Default 0.',
    10,
  ).optional(),
  security: described(
    securitySchema,
    'Policies of this port group; what it does not say, it inherits from its switch, each policy on its own.',
    { promiscuous: 'accept' },
  ).optional(),
  macLearning: described(
    macLearningSchema,
    'Whether the switch learns which MACs are behind a port, as a distributed switch can since vSphere 6.7; then ' +
      'nested machines need `forgedTransmits: accept`, but no promiscuous mode. `dvfilter` is the older filter that ' +
      'only thins out what promiscuous mode shows to a NIC. Default false; a `learning` switch always learns.',
    true,
  ).optional(),
  macSpoofing: described(
    yesOrNo(),
    'Only on a `hyperv` switch: whether machines may use MACs that are not their own, which the switch then learns. ' +
      'Default false.',
    true,
  ).optional(),
  binding: described(
    oneOf(['static', 'ephemeral']),
    'Only on a `distributed` switch: whether ports are given out by vCenter and kept, or by the host. Default `static`.',
    'ephemeral',
  ).optional(),
  hosts: hostsKey,
}).meta({ id: 'PortGroup', description: 'A port group: the ports of a switch that share one configuration.' })

export const switchSchema = keysOf({
  kind: described(
    oneOf(['standard', 'distributed', 'learning', 'hyperv']),
    'The kind of switch: `standard` and `distributed` as in vSphere, `learning` for a classical one that learns on ' +
      'every port (Nexus 1000V), `hyperv`. It decides the policies that apply where the file says nothing: a ' +
      'standard switch rejects promiscuous mode and accepts forged transmits and MAC changes (it rejects these too ' +
      'from ESXi 7.0 on); a distributed one rejects all three. Default `standard`, inside Hyper-V `hyperv`.',
    'distributed',
  ).optional(),
  mtu: described(
    wholeNumber(limits.mtuMin, limits.mtuMax),
    'Largest packet in bytes, without the Ethernet header. Default 1500.',
    1500,
  ).optional(),
  uplinks: described(
    listOf(uplinkSchema, limits.nics),
    'What the switch is connected to: `nat`, or NICs of the hypervisor that owns it (`nic0` is its first one). ' +
      'At level 0 a NIC of this machine. Default none: the switch is isolated.',
    ['nic1'],
  ).optional(),
  security: described(
    securitySchema,
    'Policies of all port groups of this switch that do not say otherwise.',
    { promiscuous: 'reject' },
  ).optional(),
  promiscuousScope: described(
    oneOf(['vlan', 'portgroup']),
    'How far promiscuous ports see: their VLANs on the whole switch, or their own port group. Default `vlan`.',
    'portgroup',
  ).optional(),
  floodingGate: described(
    oneOf(['receiver', 'both']),
    'Whose `flooding` decides about frames to unknown MACs: the receiving port group alone, or the sending one as ' +
      'well. Default `receiver`.',
    'both',
  ).optional(),
  reversePathCheck: described(
    yesOrNo(),
    'With several uplinks, whether promiscuous ports too take frames from their own uplink only, and so none twice ' +
      '(`Net.ReversePathFwdCheckPromisc`). Default false.',
    true,
  ).optional(),
  version: described(
    plainText('a version in quotes', 20),
    'Version of a `distributed` switch, in quotes. Default: that of its hosts.',
    '6.6.0',
  ).optional(),
  existing: described(
    yesOrNo(),
    'Only at level 0 of a vSphere site: whether the switch is there already, under this very name. Then only the ' +
      'port groups are made on it, and nothing else of it is changed. Default false.',
    true,
  ).optional(),
  shared: described(
    yesOrNo(),
    'Whether machines that are not of this lab use it too. Default false.',
    true,
  ).optional(),
  hosts: hostsKey,
  portgroups: described(
    mapOf(portgroupNames, portgroupSchema),
    'The port groups by name. The name is unique among all switches of the level.',
    { management: {} },
  ).optional(),
}).meta({ id: 'Switch', description: 'A virtual switch of one level.' })

export const nicSchema = keysOf({
  portgroup: described(
    plainText('the name of a port group', 200),
    'The port group that the NIC is plugged into; it belongs to a switch of the same level.',
    'management',
  ),
  address: described(
    textRead('an IPv4 address with its prefix length', readAddress),
    'Either one address (`10.0.10.5/24`), or a network (`10.0.10.0/24`), of which Nestlab chooses an address that ' +
      'stays the same as long as the names do. Default none.',
    '10.0.10.0/24',
  ).optional(),
  mac: described(
    textRead('a MAC address', readMac),
    'The MAC address. Default: derived from the names of the lab and the machine, and so always the same.',
    '02:00:00:00:00:01',
  ).optional(),
  model: nicModel,
}).meta({ id: 'Nic', description: 'A network card of a machine.' })

export type PortgroupInput = z.output<typeof portgroupSchema>
export type SwitchInput = z.output<typeof switchSchema>
export type NicInput = z.output<typeof nicSchema>
