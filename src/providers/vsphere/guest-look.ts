/** What the tools in a guest say about it. */
import type { Machine } from '#lab'
import type { SeenGuest } from '../provider.ts'
import { type FoundMachine, needMachine } from './machines.ts'
import { propertiesOf } from './soap/properties.ts'
import { isList, listAt, textAt, type VimValue } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

/** Undefined while it does not count as up. */
export async function lookAtGuest(
  on: Level,
  wanted: Machine,
  signal: AbortSignal,
): Promise<SeenGuest | undefined> {
  const machine = await needMachine(on, wanted.name, signal)
  if (!machine.isOn) return undefined
  const guest = await guestOf(on, machine, signal)
  const seen = readGuest(guest)
  if (on.level.proof === 'power' || !on.level.hasTools(wanted)) return seen
  if (!runsTools(guest)) return undefined
  const said = new Set(seen.links.flatMap((link) => link.addresses))
  const given = wanted.nics.flatMap(({ address }) => address?.ip ?? [])
  return given.every((one) => said.has(one)) ? seen : undefined
}

export async function hasRunningTools(
  on: Level,
  machine: FoundMachine,
  signal: AbortSignal,
): Promise<boolean> {
  return runsTools(await guestOf(on, machine, signal))
}

function runsTools(guest: VimValue | undefined): boolean {
  return textAt(guest, 'toolsRunningStatus') === 'guestToolsRunning'
}

/** IPv4 addresses that its tools report, in their order. */
export async function addressesOf(
  on: Level,
  machine: FoundMachine,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { links } = readGuest(await guestOf(on, machine, signal))
  return links.flatMap(({ addresses }) => addresses)
}

async function guestOf(on: Level, { ref }: FoundMachine, signal: AbortSignal): Promise<VimValue | undefined> {
  const [found] = await propertiesOf(on.level.connection, [ref], { VirtualMachine: ['guest'] }, { signal })
  return found?.properties.get('guest')
}

function readGuest(guest: VimValue | undefined): SeenGuest {
  const hostname = textAt(guest, 'hostName')
  return {
    ...(hostname !== undefined && hostname !== '' && { hostname }),
    links: listAt(guest, 'net').map((nic) => {
      const addresses = isList(nic) ? [] : listAt(nic, 'ipAddress')
      return {
        mac: (textAt(nic, 'macAddress') ?? '').toLowerCase(),
        addresses: addresses
          .filter((one) => typeof one === 'string')
          .filter((one) => /^\d+(\.\d+){3}$/.test(one)),
      }
    }),
  }
}
