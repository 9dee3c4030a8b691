/** Addresses and MACs with which two machines would find each other. */
import { type Address, formatIp, ipNumber, machinesOf, type Nic, networkOf, type ResolvedLab } from '#lab'
import { contains } from './ends.ts'
import { valueAt, writtenAt } from './fix-places.ts'
import { type Idea, machineAt, nicKeysOf, type Scene, weights } from './fix-scene.ts'
import type { KeyPath } from './places.ts'

/** One end gets an address of the other one's network: its own host number there when it is free, else any. */
export function newAddress(scene: Scene): readonly Idea[] {
  const { lab, plain, trace, cause } = scene
  const [from, to] = [trace.probe.from, trace.probe.to].map((end) => nicsOf(lab, end))
  if (!from || !to) return []
  if (cause.reason === 'DUPLICATE_ADDRESS') return to.flatMap((end) => another(plain, end))
  return [...towards(plain, to, from), ...towards(plain, from, to)]
}

interface End {
  readonly keys: KeyPath
  readonly nic: Nic
}

function nicsOf(lab: ResolvedLab, end: string): readonly End[] {
  const [path = '', name] = end.split(':')
  const machine = machineAt(lab, path)
  if (!machine) return []
  return machine.nics
    .filter((nic) => name === undefined || nic.name === name)
    .map((nic) => ({ keys: [...nicKeysOf(machine, nic), 'address'], nic }))
}

/** Changes `these` so that they are in a network of `those`. */
function towards(plain: unknown, these: readonly End[], those: readonly End[]): readonly Idea[] {
  return these.flatMap(({ keys, nic }) =>
    those.flatMap(({ nic: { address } }) => (address ? ideas(plain, keys, address, nic.address) : [])),
  )
}

/** Any other address of its own network. */
function another(plain: unknown, { keys, nic: { address } }: End): readonly Idea[] {
  return address ? ideas(plain, keys, address, undefined) : []
}

function ideas(plain: unknown, keys: KeyPath, like: Address, own: Address | undefined): readonly Idea[] {
  if (own && own.prefixLength === like.prefixLength && contains(like, own)) return []
  const written = writtenAt(plain, keys)
  const text = written.missing === 0 ? valueAt(plain, written.path) : undefined
  const network = `${formatIp(networkOf(ipNumber(like.ip), like.prefixLength))}/${like.prefixLength}`
  // Who wrote a whole network wants an address chosen there.
  const isChosen = own === undefined || text !== `${own.ip}/${own.prefixLength}`
  const values = isChosen ? [network] : [sameHost(own, like), network]
  return values.map((value, index) => ({ keys, value, weight: weights.address + index }))
}

function sameHost(own: Address, like: Address): string {
  const size = 2 ** (32 - like.prefixLength)
  const network = networkOf(ipNumber(like.ip), like.prefixLength)
  return `${formatIp(network + (ipNumber(own.ip) % size))}/${like.prefixLength}`
}

/** The NIC that takes another one's frames gets a MAC that no other has. */
export function newMac({ lab, cause }: Scene): readonly Idea[] {
  const taken = new Set([...machinesOf(lab.top)].flatMap(({ nics }) => nics.map(({ mac }) => mac)))
  const colon = cause.port.lastIndexOf(':')
  const machine = machineAt(lab, cause.port.slice(0, colon))
  const nic = machine?.nics.find(({ name }) => name === cause.port.slice(colon + 1))
  if (!machine || !nic) return []
  const value = Array.from(
    { length: 256 },
    (_, last) => `${nic.mac.slice(0, 15)}${last.toString(16).padStart(2, '0')}`,
  )
  const free = value.find((mac) => !taken.has(mac))
  return free === undefined
    ? []
    : [{ keys: [...nicKeysOf(machine, nic), 'mac'], value: free, weight: weights.address }]
}
