/** The port counters of a simulated level, with a row for every port that exists. */
import type { PortStats } from '../provider.ts'
import type { SimLevel, SimSwitch } from './park.ts'

export function statsOf(level: SimLevel): readonly PortStats[] {
  return level.switches.flatMap((each) => [...machinePorts(level, each)])
}

function* machinePorts(level: SimLevel, { wanted, counters }: SimSwitch): Generator<PortStats> {
  for (const { hardware, state } of level.machines) {
    for (const nic of hardware.nics) {
      if (nic.switchName !== wanted.name) continue
      const port = `${hardware.name}:${nic.name}`
      const counted = counters.find((row) => row.port === port)
      yield {
        switchName: wanted.name,
        portgroup: nic.portgroup,
        port,
        connected: state === 'running' || state === 'paused',
        received: counted?.received ?? 0,
        sent: counted?.sent ?? 0,
        dropped: counted?.dropped ?? {},
      }
    }
  }
}
