/** What the makers of nested hypervisors answer for. */
import { nestingSupport } from '#facts'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { namedMachines } from '../words.ts'

export const production: Rule = {
  id: 'support/production',
  severity: 'error',
  title: 'No production runs in nested hypervisors, but for those that their makers support there.',
  why: 'VMware declines cases about nested ESXi, with the vSAN witness appliance and Windows machines with VBS as the exceptions. Microsoft supports Hyper-V in Hyper-V once, and every other combination is used at the risk of whoever uses it.',
  covers: ['R130', 'R131', 'R132', 'R147'],
  sources: [articles.S1, articles.S4, pages.nestedEsxi, pages.hypervScenarios],
  *find(scene) {
    if (scene.lab.use !== 'production') return
    const nested = scene.machines.filter((placed) => placed.machine.hypervisor && !isException(placed))
    const at = ['use']
    const esxi = nested.filter(({ machine }) => machine.hypervisor?.product === 'esxi')
    if (esxi.length > 0) {
      yield {
        at,
        text: `The lab is for production, and ${namedMachines(esxi)} would be nested ESXi, which VMware does not support for that.`,
        remedy: 'Install ESXi on physical hosts, or write what the lab is really for.',
      }
    }
    // What clouds say about production is asked by rules of their own.
    if (scene.site.cloud) return
    const others = nested.filter((placed) => placed.machine.hypervisor?.product !== 'esxi')
    const isSupported = supportedOn(scene)
    const unsupported = others.filter((placed) => !isSupported(placed))
    if (unsupported.length === 0) return
    yield {
      at,
      text: `The lab is for production, and no maker answers for ${namedMachines(unsupported)} as nested hypervisor.`,
      remedy: 'Use physical hosts, or write what the lab is really for.',
      severity: 'warning',
    }
  },
}

/** The witness appliance of vSAN, and Windows that runs Hyper-V for its own security only. */
function isException({ machine: { hypervisor, traits } }: Placed): boolean {
  const isForItself = traits?.hardware?.vbs === true && hypervisor?.inside.machines.length === 0
  return traits?.role === 'vsan-witness' || (hypervisor?.product === 'hyperv' && isForItself)
}

/** Whether the maker says so about every host that it may run on. A second nested level is supported by nobody. */
function supportedOn({ site }: Scene): (placed: Placed) => boolean {
  // Machines of level 1 share their hosts, and have few products.
  const known = new Map<string, boolean>()
  return ({ machine: { hypervisor }, host, runsOn }) => {
    if (host || !hypervisor || runsOn.length === 0 || runsOn.length < site.hosts.length) return false
    const key = `${hypervisor.product} ${hypervisor.version}`
    const isSupported =
      known.get(key) ?? runsOn.every((outer) => nestingSupport(outer, hypervisor)?.verdict === 'supported')
    known.set(key, isSupported)
    return isSupported
  }
}
