/** For tests: the ports and port groups that the rows of the table name by letter. */
import type {
  MacLearningSpec,
  PortGroupSpec,
  SecuritySpec,
  SwitchKind,
  SwitchSpec,
  UplinkSpec,
  VlanSpec,
} from '../spec.ts'

/** How a row differs from the world below. */
export interface Tweaks
  extends Partial<
    Pick<SwitchSpec, 'kind' | 'mtu' | 'promiscuousScope' | 'floodingGate' | 'reversePathCheck'>
  > {
  /** Port groups by name, with what is different. */
  readonly groups?: Readonly<Record<string, Partial<PortGroupSpec>>>
  /** Ports by letter, with what their guests did. */
  readonly ports?: Readonly<Record<string, PortTweak>>
}

export interface PortTweak {
  /** Letter of the MAC that the guest uses now. */
  readonly mac?: string
  readonly guestPromiscuous?: boolean | 'unknown'
  /** Letters of the groups that the guest listens to. */
  readonly multicast?: string
}

const access = (id: number): VlanSpec => ({ mode: 'access', id })
const all: VlanSpec = { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] }
const range: VlanSpec = { mode: 'trunk', ranges: [{ from: 10, to: 15 }] }

export const strict: SecuritySpec = { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' }
const forging: SecuritySpec = { ...strict, forgedTransmits: 'accept' }
const spying: SecuritySpec = { ...strict, promiscuous: 'accept' }
const nested: SecuritySpec = { ...forging, promiscuous: 'accept' }
const changing: SecuritySpec = { ...strict, macChanges: 'accept' }

export const learning: Extract<MacLearningSpec, { by: 'switch' }> = {
  by: 'switch',
  limit: 4096,
  limitPolicy: 'allow',
  flooding: true,
  ageingS: 300,
}

type Group = readonly [letters: string, vlan: VlanSpec, security: SecuritySpec, macLearning?: MacLearningSpec]

/** Port groups by name, each with the letters of its ports. */
const world: Readonly<Record<string, Group>> = {
  web: ['AB', access(10), strict],
  app: ['C', access(10), strict],
  twenty: ['D', access(20), strict],
  plain: ['EF', { mode: 'none' }, strict],
  trunk: ['V', all, strict],
  range: ['R', range, strict],
  forge: ['G', access(10), forging],
  change: ['M', access(10), changing],
  spy: ['ST', access(10), nested],
  peek: ['P', access(10), spying],
  spytwenty: ['Y', access(20), nested],
  spytrunk: ['W', all, nested],
  learn: ['NO', access(10), forging, learning],
  learntwenty: ['L', access(20), forging, learning],
  learntrunk: ['Q', all, forging, learning],
  quiet: ['H', access(10), forging, { ...learning, flooding: false }],
  tight: ['I', access(10), forging, { ...learning, limit: 2, limitPolicy: 'drop' }],
  loose: ['J', access(10), forging, { ...learning, limit: 2, limitPolicy: 'allow' }],
  unforged: ['K', access(10), strict, learning],
  filter: ['12', access(10), nested, { by: 'dvfilter', limit: 2 }],
  filtertrunk: ['3', all, nested, { by: 'dvfilter', limit: 4096 }],
}

/** The port group of each letter. */
export const home: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(world).flatMap(([name, [letters]]) => [...letters].map((letter) => [letter, name])),
)

/** Ways out by letter: two NICs with every VLAN, NAT without VLAN, NAT and an overlay of VLAN 20. */
export const uplinks: Readonly<Record<string, UplinkSpec>> = {
  U: { kind: 'nic', name: 'U' },
  X: { kind: 'nic', name: 'X' },
  '7': { kind: 'nat' },
  '8': { kind: 'nat', vlan: access(10) },
  '9': { kind: 'overlay', name: 'nine', vlan: access(20) },
}

/** Hyper-V accepts where MAC spoofing is on, which is where it learns, and has no promiscuous mode. */
export function groupsOf(
  kind: SwitchKind,
  tweaks: Readonly<Record<string, Partial<PortGroupSpec>>> = {},
): readonly PortGroupSpec[] {
  return Object.entries(world).map(([name, [, vlan, security, macLearning]]): PortGroupSpec => {
    const learns = macLearning && (macLearning.by === 'switch' ? kind !== 'standard' : kind !== 'learning')
    const group = { name, vlan, security, ...(learns && { macLearning }) }
    return { ...(kind === 'hyperv' ? spoofing(group) : group), ...tweaks[name] }
  })
}

function spoofing({ macLearning, ...group }: PortGroupSpec): PortGroupSpec {
  if (macLearning?.by !== 'switch') return { ...group, security: strict }
  return { ...group, security: { ...forging, macChanges: 'accept' }, macLearning: learning }
}
