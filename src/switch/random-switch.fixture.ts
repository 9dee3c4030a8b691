/** For tests: random switches and random frames, the same for the same seed. */
import { type Random, randomFrom } from './live/impair/random.ts'
import type {
  MacLearningSpec,
  PortGroupSpec,
  SwitchKind,
  SwitchPort,
  SwitchSpec,
  UplinkSpec,
  VlanSpec,
  VnicPort,
} from './spec.ts'
import { uplinkPortOf } from './spec.ts'

export interface RandomSwitch {
  readonly spec: SwitchSpec
  readonly ports: readonly SwitchPort[]
  /** MACs that frames are made from: those of the ports, some of nobody, and groups. */
  readonly macs: readonly string[]
  readonly random: Random
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

const kinds: readonly SwitchKind[] = ['standard', 'distributed', 'learning', 'hyperv']
const verdicts = ['accept', 'reject'] as const
const vlanIds = [0, 1, 10, 20, 4094]
const strangers = ['02:00:00:00:00:f1', '02:00:00:00:00:f2', '00:00:00:00:00:00']
const groups = ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:fb', '33:33:00:00:00:01']

export function randomSwitch(seed: number): RandomSwitch {
  const random = randomFrom(seed)
  const kind = pick(random, kinds)
  const portgroups = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) =>
    randomGroup(random, kind, at),
  )
  const uplinks = randomUplinks(random)
  const spec: SwitchSpec = {
    name: 'vSwitch0',
    kind,
    mtu: pick(random, [100, 1500]),
    uplinks,
    portgroups,
    promiscuousScope: pick(random, ['vlan', 'portgroup'] as const),
    floodingGate: pick(random, ['receiver', 'both'] as const),
    reversePathCheck: random() < 0.3,
  }
  const vnics = Array.from({ length: 1 + Math.floor(random() * 7) }, (_, at) =>
    randomPort(random, portgroups, at),
  )
  const macs = [...vnics.flatMap((port) => [port.initialMac, port.effectiveMac]), ...strangers, ...groups]
  return { spec, ports: [...vnics, ...uplinks.map(uplinkPortOf)], macs, random }
}

function randomGroup(random: Random, kind: SwitchKind, at: number): PortGroupSpec {
  const macLearning = randomLearning(random, kind)
  return {
    name: `group-${at}`,
    vlan: randomVlan(random),
    security: {
      promiscuous: kind === 'hyperv' ? 'reject' : pick(random, verdicts),
      forgedTransmits: pick(random, verdicts),
      macChanges: pick(random, verdicts),
    },
    ...(macLearning && { macLearning }),
  }
}

function randomVlan(random: Random): VlanSpec {
  const mode = pick(random, ['none', 'access', 'trunk'] as const)
  if (mode === 'none') return { mode }
  if (mode === 'access') return { mode, id: pick(random, vlanIds.slice(1)) }
  const from = pick(random, vlanIds)
  return { mode, ranges: [{ from, to: pick(random, [from, 4094]) }] }
}

function randomLearning(random: Random, kind: SwitchKind): MacLearningSpec | undefined {
  if (kind === 'standard' && random() < 0.7) return undefined
  if (kind === 'standard') return { by: 'dvfilter', limit: 1 + Math.floor(random() * 3) }
  if (random() < 0.4) return undefined
  return {
    by: 'switch',
    limit: 1 + Math.floor(random() * 4),
    limitPolicy: pick(random, ['allow', 'drop'] as const),
    flooding: random() < 0.7,
    ageingS: 300,
  }
}

function randomUplinks(random: Random): readonly UplinkSpec[] {
  const all: readonly UplinkSpec[] = [
    { kind: 'nic', name: 'eth0' },
    { kind: 'nic', name: 'eth1' },
    { kind: 'nat' },
    { kind: 'overlay', name: 'red', vlan: { mode: 'access', id: 20 } },
  ]
  return all.filter(() => random() < 0.3)
}

function randomPort(random: Random, portgroups: readonly PortGroupSpec[], at: number): VnicPort {
  const initialMac = `02:00:00:00:00:0${at}`
  const multicast = pick(random, ['all', [], groups.slice(1, 2)] as const)
  return {
    kind: 'vnic',
    id: `vm-${at}:nic0`,
    portgroup: pick(random, portgroups).name,
    initialMac,
    effectiveMac: random() < 0.8 ? initialMac : pick(random, [...strangers, '02:00:00:00:00:00']),
    guestPromiscuous: pick(random, [true, false, 'unknown'] as const),
    multicast,
  }
}

/** Often a frame that means something, sometimes one with a few wrong bits, sometimes mere noise. */
export function randomFrame({ random, macs }: RandomSwitch): Uint8Array {
  if (random() < 0.1) return noise(random, Math.floor(random() * 200))
  const tags = Array.from({ length: pick(random, [0, 0, 1, 1, 2]) }, () => randomTag(random)).join('')
  const head = Buffer.from(`${pick(random, macs)}${pick(random, macs)}`.replaceAll(':', '') + tags, 'hex')
  const frame = new Uint8Array(head.length + 2 + Math.floor(random() * 130))
  frame.set(head)
  frame.set([0x08, 0x00], head.length)
  const wrong = random() < 0.2 ? 1 + Math.floor(random() * 8) : 0
  for (let bit = 0; bit < wrong; bit += 1) {
    const at = Math.floor(random() * Math.min(frame.length, 24))
    frame[at] = (frame[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  }
  return random() < 0.05 ? frame.subarray(0, Math.floor(random() * 20)) : frame
}

function randomTag(random: Random): string {
  const word = pick(random, [...vlanIds, 4095]) + pick(random, [0, 0xa000, 0x1000])
  return (random() < 0.9 ? '8100' : '88a8') + word.toString(16).padStart(4, '0')
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}
