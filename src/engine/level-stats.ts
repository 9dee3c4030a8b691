/** Port counters of every level of a lab that can be asked. */
import type { Level } from '#lab'
import type { LevelStats } from './contract.ts'
import { asFailure } from './errors.ts'
import type { Reach } from './reach.ts'

/** Outermost first. Hypervisors that do not run have no inside to count in. */
export async function levelStats(reach: Reach, signal: AbortSignal): Promise<readonly LevelStats[]> {
  return await statsInside(reach.lab.top)

  async function statsInside(level: Level): Promise<LevelStats[]> {
    const { owner } = level
    try {
      const provider = await reach.level(owner)
      const [ports, inventory] = await Promise.all([provider.stats(signal), provider.inspect(signal)])
      const runs = (name: string) =>
        inventory.machines.some((one) => one.name === name && one.state === 'running')
      const insides = level.machines.filter((machine) => machine.hypervisor && runs(machine.name))
      const further = await Promise.all(
        insides.map((machine) => (machine.hypervisor ? statsInside(machine.hypervisor.inside) : [])),
      )
      return [{ owner, ports }, ...further.flat()]
    } catch (error) {
      signal.throwIfAborted()
      if (owner === '') throw error
      return [{ owner, ports: [], unreachable: asFailure(error, `ask ${owner}`).message }]
    }
  }
}
