/** Which NICs two machines speak through: those with addresses of one network. */
import { type Address, isInNetworkOf, type Machine } from '#lab'
import type { Cause } from './contract.ts'
import { fail } from './errors.ts'
import { machineCause } from './explain.ts'
import { type Net, type Plug, plugId } from './net.ts'
import { machineKeys, nicKeys } from './places.ts'

export interface Ends {
  readonly from: Plug
  readonly to: Plug
}

/** The pairs of NICs that could speak with each other, in the order of the file, or why there is none. */
export function endsFor(
  net: Net,
  from: string,
  to: string,
): { readonly pairs: readonly Ends[]; readonly cause?: Cause } {
  const [senders, receivers] = [plugsOf(net, from), plugsOf(net, to)]
  const missing = lack(net, from, senders) ?? lack(net, to, receivers)
  if (missing) return { pairs: [], cause: missing }
  const addressed = receivers.filter(({ nic }) => nic.address)
  const pairs = addressed.flatMap((receiver) => {
    const sender = senders.find(({ nic }) => nic.address && contains(nic.address, receiver.nic.address))
    return sender ? [{ from: sender, to: receiver }] : []
  })
  if (pairs.length > 0) return { pairs }
  const [target] = addressed
  return { pairs: [], ...(target && { cause: apart(target, senders) }) }
}

/** The NIC that `kvm-1/web:nic1` names, or all of `kvm-1/web`. */
export function plugsOf(net: Net, end: string): readonly Plug[] {
  const colon = end.lastIndexOf(':')
  const path = colon < 0 ? end : end.slice(0, colon)
  const machine = net.machines.get(path)
  if (!machine)
    throw fail('trace-unknown-machine', { machine: path, near: [...net.machines.keys()].slice(0, 8) })
  if (colon < 0) return plugsOn(net, machine)
  const nic = end.slice(colon + 1)
  const plug = net.plugs.get(end)
  const nics = machine.nics.map(({ name }) => name)
  if (!plug) throw fail('trace-unknown-nic', { machine: path, nic, nics })
  return [plug]
}

function plugsOn(net: Net, { path, nics }: Machine): readonly Plug[] {
  return nics.flatMap(({ name }) => net.plugs.get(plugId(path, name)) ?? [])
}

export function contains(address: Address, other: Address | undefined): boolean {
  return other !== undefined && isInNetworkOf(address, other.ip)
}

function lack(net: Net, end: string, plugs: readonly Plug[]): Cause | undefined {
  const [first] = plugs
  const [path = end] = end.split(':')
  const machine = net.machines.get(path)
  if (!first) {
    return machineCause('NO_NIC', path, { setting: `${path} nics: []`, at: [...machineKeys(path), 'nics'] })
  }
  if (plugs.some(({ nic }) => nic.address)) return undefined
  const nics = machine?.nics.map(({ name }) => name).join(', ')
  return machineCause('NO_ADDRESS', first.id, {
    setting: `${path} address: none on ${nics}`,
    at: [...nicKeys(path, first.nic.name), 'address'],
  })
}

function apart(target: Plug, senders: readonly Plug[]): Cause {
  const written = ({ id, nic: { address } }: Plug) =>
    `${id} address: ${address ? `${address.ip}/${address.prefixLength}` : 'none'}`
  return machineCause('NO_COMMON_NETWORK', target.id, {
    setting: [...senders.filter(({ nic }) => nic.address), target].map(written).join('; '),
    at: [...nicKeys(target.machine.path, target.nic.name), 'address'],
  })
}
