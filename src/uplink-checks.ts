/** Says before anything is started what the uplinks of a machine's switches lack here: a NIC, a right, a key. */
import { openLocalHost } from '#host'
import type { LabSwitch, Machine, ResolvedLab } from '#lab'
import { levelPaths } from '#store'
import { Uplinks } from './providers/qemu/index.ts'
import type { Place } from './services.ts'

type Check = (machine: Machine, lab: ResolvedLab) => Promise<string | undefined>

/** Many machines share a switch, so each switch of a lab is looked at once. */
export function uplinkChecks({ roots }: Pick<Place, 'roots'>): Check {
  const looked = new WeakMap<LabSwitch, Promise<string | undefined>>()
  const look = async (one: LabSwitch, lab: ResolvedLab) => {
    const level = levelPaths(roots, lab.name)
    const uplinks = new Uplinks({ host: openLocalHost(), roots, level, program: { node: '', entry: '' } })
    const why = await uplinks.lacking(one, new AbortController().signal)
    return why && `${why.message} ${why.remedy}`
  }
  return async ({ level, nics }, lab) => {
    if (level !== 1) return undefined
    const names = new Set(nics.map(({ switchName }) => switchName))
    for (const one of lab.top.switches.filter(({ name, uplinks }) => names.has(name) && uplinks.length > 0)) {
      const found = looked.get(one) ?? look(one, lab)
      looked.set(one, found)
      const why = await found
      if (why !== undefined) return why
    }
    return undefined
  }
}
