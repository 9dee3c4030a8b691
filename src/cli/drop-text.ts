/** Explains dropped frames by the settings of the lab that are responsible. */
import type { LevelStats } from '#engine'
import type { Level, ResolvedLab } from '#lab'
import type { DropText } from './services.ts'
import type { Call } from './verb.ts'

export interface ExplainedDrop extends DropText {
  readonly reason: string
  readonly count: number
  /** The switch and the port, as `kvm-1/br0 web:nic0`. */
  readonly port: string
}

/** One entry a port and reason with at least one drop. */
export async function explainDrops(
  call: Call,
  lab: string,
  levels: readonly LevelStats[],
): Promise<ExplainedDrop[]> {
  const [explain, recorded] = await Promise.all([
    call.services.explainDrop(),
    call.services.engine().then((engine) => engine.recorded(lab)),
  ])
  const explained: ExplainedDrop[] = []
  for (const { owner, ports } of levels) {
    const level = levelOf(recorded, owner)
    for (const port of ports) {
      const on = level?.switches.find((one) => one.name === port.switchName)
      for (const [reason, count] of Object.entries(port.dropped)) {
        const text = on && explain(reason, on, port.portgroup)
        if (count === 0 || !text) continue
        explained.push({
          reason,
          count,
          port: `${owner ? `${owner}/` : ''}${port.switchName} ${port.port}`,
          ...text,
        })
      }
    }
  }
  return explained
}

function levelOf(lab: ResolvedLab, owner: string): Level | undefined {
  let level: Level | undefined = lab.top
  if (owner === '') return level
  for (const name of owner.split('/')) {
    level = level?.machines.find((machine) => machine.name === name)?.hypervisor?.inside
  }
  return level
}
