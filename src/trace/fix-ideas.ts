/** For each reason why a frame is lost, the settings that might let it through. */
import type { Reason } from './contract.ts'
import { newAddress, newMac } from './fix-addresses.ts'
import { lowerMtu, raiseMtu } from './fix-mtu.ts'
import {
  blamedGroup,
  type Idea,
  nicKeysOf,
  type Scene,
  type Socket,
  socketAt,
  switchesBehind,
  weights,
} from './fix-scene.ts'
import { anotherUplink, replacedUplink } from './fix-uplinks.ts'
import { carryVlan, sameVlan } from './fix-vlans.ts'
import { portgroupKeys } from './places.ts'

type Maker = (scene: Scene) => readonly Idea[]

function onGroup(
  scene: Scene,
  keys: readonly string[],
  value: Idea['value'],
  weight: number,
): readonly Idea[] {
  const { owner, switchName, portgroup } = scene.cause
  if (portgroup === undefined) return []
  return [{ keys: [...portgroupKeys(owner, switchName, portgroup), ...keys], value, weight }]
}

const accept =
  (policy: 'forgedTransmits' | 'macChanges'): Maker =>
  (scene) => {
    const hyperv = blamedGroup(scene)?.labSwitch.kind === 'hyperv'
    if (hyperv) return onGroup(scene, ['macSpoofing'], true, weights.forged)
    return onGroup(scene, ['security', policy], 'accept', weights.forged)
  }

/** Lets a port have frames for MACs that are not its own. */
const show: Maker = (scene) => {
  const blamed = blamedGroup(scene)
  if (!blamed) return []
  const { kind } = blamed.labSwitch
  const { macLearning, security } = blamed.group
  if (kind === 'hyperv') return onGroup(scene, ['macSpoofing'], true, weights.learning)
  if (macLearning?.by === 'switch' && !macLearning.flooding) {
    return onGroup(scene, ['macLearning', 'flooding'], true, weights.flooding)
  }
  const learn = kind === 'distributed' && !macLearning
  return [
    ...(learn ? onGroup(scene, ['macLearning'], true, weights.learning) : []),
    ...(security.promiscuous === 'reject'
      ? onGroup(scene, ['security', 'promiscuous'], 'accept', weights.promiscuous)
      : []),
  ]
}

/** Plugs the NIC into another port group of its level. */
function moved({ machine, nic, level }: Socket): readonly Idea[] {
  const groups = level.switches.flatMap(({ portgroups }) => portgroups)
  return groups
    .filter(({ name }) => name !== nic.portgroup)
    .slice(0, mostGroups)
    .map(({ name }) => ({
      keys: [...nicKeysOf(machine, nic), 'portgroup'],
      value: name,
      weight: weights.move,
    }))
}

const mostGroups = 6

const moveBlamed: Maker = ({ lab, cause }) => {
  const socket = socketAt(lab, cause.port)
  return socket ? moved(socket) : []
}

const moveEnds: Maker = ({ lab, leg }) =>
  [leg?.from, leg?.to].flatMap((port) => {
    const socket = port === undefined ? undefined : socketAt(lab, port)
    return socket ? moved(socket) : []
  })

/** The NIC may be the wrong one of its hypervisor's. */
const otherNic: Maker = (scene) => {
  const socket = socketAt(scene.lab, scene.cause.port)
  return socket
    ? switchesBehind(socket).flatMap((inner) => replacedUplink(socket.machine, inner, socket.nic.name))
    : []
}

const limit: Maker = (scene) => {
  const learning = blamedGroup(scene)?.group.macLearning
  if (learning?.by !== 'switch') return []
  return onGroup(scene, ['macLearning', 'limitPolicy'], 'allow', weights.learning)
}

const unlearn: Maker = (scene) => onGroup(scene, ['macLearning'], false, weights.learning)

const makers: Readonly<Partial<Record<Reason, readonly Maker[]>>> = {
  FORGED_TRANSMIT: [accept('forgedTransmits'), otherNic, moveBlamed],
  PORT_BLOCKED: [accept('macChanges')],
  VLAN_TAGGED_ON_ACCESS: [carryVlan, otherNic, moveBlamed],
  VLAN_NOT_ALLOWED: [carryVlan, sameVlan, otherNic, moveBlamed],
  OTHER_VLAN: [sameVlan, carryVlan, otherNic, moveBlamed, moveEnds],
  NOBODY_IN_VLAN: [sameVlan, carryVlan, otherNic, moveEnds],
  TAGGED_TO_GUEST: [carryVlan, sameVlan, moveEnds],
  UPLINK_VLAN: [sameVlan, moveEnds],
  UNKNOWN_UNICAST: [show, otherNic, moveBlamed],
  NOT_LEARNED: [unlearn, otherNic, moveBlamed],
  LEARN_LIMIT: [limit, otherNic, moveBlamed],
  MTU_EXCEEDED: [raiseMtu, lowerMtu],
  NO_UPLINK: [anotherUplink],
  UPLINK_PINNED: [anotherUplink],
  OTHER_SWITCH: [moveBlamed, moveEnds, otherNic],
  NO_ADDRESS: [newAddress],
  NO_COMMON_NETWORK: [newAddress],
  NO_WAY_BACK: [newAddress],
  DUPLICATE_ADDRESS: [newAddress],
  DUPLICATE_MAC: [newMac],
  NOT_ADDRESSED: [],
}

export function ideasFor(scene: Scene): readonly Idea[] {
  return (makers[scene.cause.reason] ?? []).flatMap((make) => make(scene))
}
