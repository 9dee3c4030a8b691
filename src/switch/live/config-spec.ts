/** Reads the part of the live switch's configuration that says what a switch is to do. */
import type { MacLearningSpec, PortGroupSpec, SwitchSpec, UplinkSpec, VlanSpec } from '../spec.ts'
import { highestVlan } from '../state.ts'
import { highestMtu } from './framing.ts'
import { flag, integer, keyed, listOf, object, oneOf, partOf, type Reader, text } from './shape.ts'

/** Far above any real table, and what keeps one port from filling the memory. */
const mostLearned = 131_072
const longestAgeingS = 31_536_000

const vid = integer(0, highestVlan)

const vlan: Reader<VlanSpec> = (value, at) => {
  const mode = oneOf('none', 'access', 'trunk')(keyed(value, at).mode, `${at}.mode`)
  if (mode === 'none') return object({ mode: oneOf('none') })(value, at)
  if (mode === 'access') return object({ mode: oneOf('access'), id: integer(1, highestVlan) })(value, at)
  return object({ mode: oneOf('trunk'), ranges: listOf(object({ from: vid, to: vid })) })(value, at)
}

/** What lies behind an uplink is not the switch's business, so that other keys may be there. */
const uplinkReaders = {
  nat: partOf({ kind: oneOf('nat') }, { vlan }),
  nic: partOf({ kind: oneOf('nic'), name: text }),
  tunnel: partOf({ kind: oneOf('tunnel'), name: text }),
  overlay: partOf({ kind: oneOf('overlay'), name: text, vlan }),
} satisfies { [K in UplinkSpec['kind']]: Reader<Extract<UplinkSpec, { kind: K }>> }

const uplink: Reader<UplinkSpec> = (value, at) => {
  const kind = oneOf('nat', 'nic', 'tunnel', 'overlay')(keyed(value, at).kind, `${at}.kind`)
  return uplinkReaders[kind](value, at)
}

const limit = integer(1, mostLearned)

const macLearning: Reader<MacLearningSpec> = (value, at) => {
  const by = oneOf('switch', 'dvfilter')(keyed(value, at).by, `${at}.by`)
  if (by === 'dvfilter') return object({ by: oneOf('dvfilter'), limit })(value, at)
  return object({
    by: oneOf('switch'),
    limit,
    limitPolicy: oneOf('allow', 'drop'),
    flooding: flag,
    ageingS: integer(0, longestAgeingS),
  })(value, at)
}

const verdict = oneOf('accept', 'reject')

const portgroup: Reader<PortGroupSpec> = object(
  {
    name: text,
    vlan,
    security: object({ promiscuous: verdict, forgedTransmits: verdict, macChanges: verdict }),
  },
  { macLearning },
)

export const switchSpec: Reader<SwitchSpec> = object(
  {
    name: text,
    kind: oneOf('standard', 'distributed', 'learning', 'hyperv'),
    mtu: integer(68, highestMtu),
    uplinks: listOf(uplink),
    portgroups: listOf(portgroup),
  },
  {
    promiscuousScope: oneOf('vlan', 'portgroup'),
    floodingGate: oneOf('receiver', 'both'),
    reversePathCheck: flag,
  },
)
