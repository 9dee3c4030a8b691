/** `nestlab net macs`: which MAC addresses the switches know, and who in the lab has them. */
import type { LabNetwork } from '#engine'
import type { Level } from '#lab'
import type { KnownMac } from '#providers'
import { labOption, pickLab } from '../pick-lab.ts'
import { portPath, readPort } from '../port-words.ts'
import { columns } from '../table.ts'
import type { Call, Verb } from '../verb.ts'

interface MacRow extends KnownMac {
  /** By its path: `kvm-1/br0`. */
  readonly switch: string
  /** The NIC that the lab gave this MAC, as `kvm-1/web:nic0`; absent when it is none of the lab's. */
  readonly owner?: string
}

export const macs: Verb = {
  name: 'macs',
  summary: 'list the MAC addresses that the switches know, told and learned',
  arguments: [['[port]', 'only what is known behind this machine (kvm-1), or one of its NICs (kvm-1:nic0)']],
  options: [labOption],
  examples: [
    { line: 'nestlab net macs', does: 'every switch of every level' },
    { line: 'nestlab net macs kvm-1', does: 'whom has the switch learned behind kvm-1?' },
  ],
  async run(call) {
    const lab = await pickLab(call)
    const network = await (await call.services.engine()).network(lab, call.signal)
    try {
      const rows = await knownMacs(call, network)
      if (call.json) call.terminal.say(JSON.stringify({ lab, macs: rows }))
      else sayRows(call, rows)
      return 0
    } finally {
      await network.close()
    }
  },
}

async function knownMacs(call: Call, network: LabNetwork): Promise<readonly MacRow[]> {
  const [port] = call.args
  const owners = new Map(nicsOf(network.lab.top))
  const found = port === undefined ? undefined : await network.ports(readPort(port), call.signal)
  const { levels, unreachable } = found
    ? { levels: [found], unreachable: [] }
    : await network.levels(call.signal)
  for (const { owner, why } of unreachable) call.terminal.tell(`${owner}: ${why}`)
  const lists = await Promise.all(
    levels.map(async (level) => ({ level, switches: await level.network.macs(call.signal) })),
  )
  return lists.flatMap(({ level, switches }) =>
    switches.flatMap(({ switchName, macs: known }) =>
      known
        .filter((one) => !found || found.ports.includes(one.port))
        .map((one) => rowOf(one, portPath(level.owner, switchName), { owners, level: level.owner })),
    ),
  )
}

/** Each NIC's MAC with the NIC, as `kvm-1/web:nic0`. */
function nicsOf({ machines }: Level): (readonly [mac: string, nic: string])[] {
  return machines.flatMap(({ path, nics, hypervisor }) => [
    ...nics.map((nic) => [nic.mac.toLowerCase(), `${path}:${nic.name}`] as const),
    ...(hypervisor ? nicsOf(hypervisor.inside) : []),
  ])
}

function rowOf(
  known: KnownMac,
  on: string,
  of: { readonly owners: ReadonlyMap<string, string>; readonly level: string },
): MacRow {
  const owner = of.owners.get(known.mac.toLowerCase())
  return { ...known, switch: on, port: portPath(of.level, known.port), ...(owner !== undefined && { owner }) }
}

function sayRows({ terminal: { say, paint } }: Call, rows: readonly MacRow[]): void {
  if (rows.length === 0) {
    say('The switches know no MAC address there.')
    return
  }
  const head = ['SWITCH', 'MAC', 'PORT', 'VLAN', 'KIND', 'AGE', 'WHOSE'].map(paint.faint)
  const lines = rows.map((row) => [
    row.switch,
    row.mac,
    row.port,
    row.vlan === undefined ? '' : String(row.vlan),
    row.kind,
    row.ageS === undefined ? '' : `${row.ageS} s`,
    row.owner ?? paint.faint('unknown'),
  ])
  say(columns([head, ...lines]).join('\n'))
}
