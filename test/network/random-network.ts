/** Makes random labs out of all kinds of switches, policies and VLANs, on two levels and more, the same for the same seed. */
import { loadLab, type ResolvedLab } from '#lab'
import { randomFrom } from '../engine/random-lab.ts'

type Random = () => number

type Keys = Record<string, unknown>

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

interface Making {
  readonly random: Random
  /** The next address of the one network that all machines are in. */
  next: number
  machines: number
}

const deepest = 3
const mostMachines = 6

/** As a lab file would say it. */
export function randomLabFile(seed: number): Keys {
  const random = randomFrom(seed)
  const making: Making = { random, next: 1, machines: 0 }
  return { nestlab: 1, name: `random-${seed}`, ...levelOf(making, { level: 0, nics: [] }) }
}

export function randomNetwork(seed: number): ResolvedLab {
  const file = randomLabFile(seed)
  const { lab, problems } = loadLab(JSON.stringify(file), { file: `random-${seed}.lab.yaml` })
  if (!lab) throw new Error(`seed ${seed}: ${problems.map(({ at, text }) => `${at}: ${text}`).join('\n')}`)
  return lab
}

interface Owner {
  readonly level: number
  /** NICs that can be uplinks. */
  readonly nics: readonly string[]
}

function levelOf(making: Making, { level, nics }: Owner): Keys {
  const { random } = making
  const groups: string[] = []
  const several = level === 0 ? random() < 0.3 : nics.length > 1 && random() < 0.4
  const names = Array.from({ length: several ? 2 : 1 }, (_, at) => `sw${at}`)
  const uplinks = shared(random, nics, names.length)
  const switches = names.map((name, at): [string, Keys] => {
    const count = pick(random, [1, 2, 2])
    const added = Array.from({ length: count }, (_, n) => `pg${groups.length + n + 1}`)
    groups.push(...added)
    return [name, switchOf(random, added, uplinks[at] ?? [])]
  })
  const machines = Array.from({ length: pick(random, [1, 2, 2, 3]) }, (_, at): [string, Keys] => [
    `m${at}`,
    machineOf(making, groups, level),
  ])
  return { switches: Object.fromEntries(switches), machines: Object.fromEntries(machines) }
}

/** Every NIC is an uplink of one switch at most. */
function shared(random: Random, nics: readonly string[], switches: number): readonly (readonly string[])[] {
  const lists = Array.from({ length: switches }, (): string[] => [])
  for (const nic of nics) lists[Math.floor(random() * switches)]?.push(nic)
  return lists
}

const verdicts = ['accept', 'accept', 'accept', 'reject']
const vlans = [0, 0, 10, 10, 10, 20, 4095, 4095, 4095, '0-10']

function switchOf(random: Random, groups: readonly string[], uplinks: readonly string[]): Keys {
  const kind = pick(random, ['standard', 'standard', 'distributed', 'distributed', 'learning', 'hyperv'])
  const portgroups = groups.map((name) => [name, { vlan: pick(random, vlans), ...policiesOf(random, kind) }])
  return {
    kind,
    mtu: pick(random, [1500, 1500, 1500, 1500, 1400, 9000]),
    ...(uplinks.length > 0 && { uplinks }),
    ...(kind !== 'hyperv' && { promiscuousScope: pick(random, ['vlan', 'vlan', 'portgroup']) }),
    ...(kind !== 'hyperv' && { reversePathCheck: random() < 0.2 }),
    ...(kind !== 'standard' && { floodingGate: pick(random, ['receiver', 'receiver', 'both']) }),
    portgroups: Object.fromEntries(portgroups),
  }
}

function policiesOf(random: Random, kind: string): Keys {
  if (kind === 'hyperv') return { macSpoofing: random() < 0.7 }
  const promiscuous = pick(random, verdicts)
  const security = {
    promiscuous,
    forgedTransmits: pick(random, verdicts),
    macChanges: pick(random, verdicts),
  }
  const filter = promiscuous === 'accept' && kind !== 'learning' && random() < 0.3
  if (filter) return { security, macLearning: 'dvfilter' }
  const learns = kind === 'learning' || (kind === 'distributed' && random() < 0.6)
  return { security, ...(learns && { macLearning: learningOf(random) }) }
}

function learningOf(random: Random): Keys | true {
  if (random() < 0.4) return true
  return {
    limit: pick(random, [1, 2, 100]),
    limitPolicy: pick(random, ['allow', 'drop']),
    flooding: random() < 0.7,
  }
}

function machineOf(making: Making, groups: readonly string[], level: number): Keys {
  const { random } = making
  making.machines += 1
  const nests = level < deepest && making.machines < mostMachines && random() < (level === 0 ? 0.6 : 0.3)
  if (!nests) return { image: 'tiny', nics: [nicOf(making, groups, true)] }
  const uplinks = pick(random, [1, 1, 2])
  const nics = Array.from({ length: uplinks }, () => nicOf(making, groups, false))
  // With an address of its own it is a machine like others.
  if (random() < 0.3) nics.push(nicOf(making, groups, true))
  const names = Array.from({ length: uplinks }, (_, at) => `nic${at}`)
  const inside = levelOf(making, { level: level + 1, nics: names })
  return { image: 'kvm-node', nics, hypervisor: { product: 'kvm', ...inside } }
}

function nicOf(making: Making, groups: readonly string[], addressed: boolean): Keys {
  const portgroup = pick(making.random, groups)
  if (!addressed) return { portgroup }
  const host = making.next
  making.next += 1
  return { portgroup, address: `10.7.${host >> 8}.${host & 0xff}/16` }
}
