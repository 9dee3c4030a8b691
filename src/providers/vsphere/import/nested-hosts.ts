/** Which hosts of a vCenter are machines of the same vCenter: a host whose physical NICs are the virtual ones of a machine. */
import type { SurveyedHost } from '../probe/hosts.ts'
import type { SeenMachine } from './machines.ts'

export interface NestedHosts {
  /** Machine by host. */
  readonly machineOf: ReadonlyMap<string, string>
  /** Host by machine. */
  readonly hostOf: ReadonlyMap<string, string>
}

/** Only what is certain: one host and one machine that share NICs nobody else has. */
export function nestedHosts(hosts: readonly SurveyedHost[], machines: readonly SeenMachine[]): NestedHosts {
  const byMac = new Map<string, Set<string>>()
  for (const { ref, nics } of machines) {
    for (const { mac } of nics) {
      if (mac !== undefined) byMac.set(mac, (byMac.get(mac) ?? new Set()).add(ref.value))
    }
  }
  const runsOn = new Map(machines.map(({ ref, host }) => [ref.value, host?.value]))
  const candidates = hosts.flatMap(({ ref, nics }) => {
    const found = new Set(nics.flatMap(({ mac }) => [...(byMac.get(mac ?? '') ?? [])]))
    const [machine] = found
    const isOne = machine !== undefined && found.size === 1 && runsOn.get(machine) !== ref.value
    return isOne ? [[ref.value, machine] as const] : []
  })
  const times = Map.groupBy(candidates, ([, machine]) => machine)
  const certain = candidates.filter(([, machine]) => times.get(machine)?.length === 1)
  const machineOf = new Map(certain)
  const sound = certain.filter(([host]) => endsOutside(host, machineOf, runsOn))
  return {
    machineOf: new Map(sound),
    hostOf: new Map(sound.map(([host, machine]) => [machine, host])),
  }
}

/** Whether the way outwards from a host comes to a physical one. */
function endsOutside(
  host: string,
  machineOf: ReadonlyMap<string, string>,
  runsOn: ReadonlyMap<string, string | undefined>,
): boolean {
  const passed = new Set<string>()
  for (let one: string | undefined = host; one !== undefined; ) {
    if (passed.has(one)) return false
    passed.add(one)
    const machine: string | undefined = machineOf.get(one)
    one = machine === undefined ? undefined : runsOn.get(machine)
  }
  return true
}

/** With the hosts around the chosen machines, and everything inside those. */
export function expanded(
  wanted: ReadonlySet<string>,
  machines: readonly Pick<SeenMachine, 'ref' | 'host'>[],
  { machineOf, hostOf }: NestedHosts,
): ReadonlySet<string> {
  const complete = new Set(wanted)
  const byHost = Map.groupBy(machines, ({ host }) => host?.value)
  const hostOfMachine = new Map(machines.map(({ ref, host }) => [ref.value, host?.value]))
  const addInside = (machine: string): void => {
    const host = hostOf.get(machine)
    for (const { ref } of host === undefined ? [] : (byHost.get(host) ?? [])) {
      complete.add(ref.value)
      addInside(ref.value)
    }
  }
  for (const machine of wanted) addInside(machine)
  for (const machine of wanted) {
    for (let outer = machineOf.get(hostOfMachine.get(machine) ?? ''); outer !== undefined; ) {
      complete.add(outer)
      outer = machineOf.get(hostOfMachine.get(outer) ?? '')
    }
  }
  return complete
}
