/** Rules about network cards of machines: their drivers, and what they cost. */
import { compareVersions } from '#facts'
import type { NicModel } from '#lab'
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Rule } from '../rule.ts'
import type { Placed } from '../scene.ts'
import { softwareWords } from '../words.ts'
import { allAre, isKvm, isVmware } from './hosts.ts'
import { isHypervisor } from './hypervisors.ts'

const withoutEsxiDriver: ReadonlySet<NicModel> = new Set(['virtio', 'vmxnet2', 'pcnet32'])

/** The last drivers of the old kind, that of e1000 among them, left with 7.0. */
const lastWithE1000 = '7.0'

export const nicDriver: Rule = {
  id: 'hardware/nic-driver',
  severity: 'error',
  title: 'The host offers the network card of a machine, and the system inside has a driver for it.',
  why: 'A card without driver is not there: an ESXi that finds none stops its installer with "No network adapters". VMXNET cards are paravirtual and need a driver of their own, e1000 and e1000e imitate cards that most systems know.',
  covers: ['R056'],
  sources: [articles.S1, pages.esxiOnKvm, known],
  *find({ machines }) {
    for (const placed of machines) {
      for (const [index, model] of (placed.machine.traits?.nicModels ?? []).entries()) {
        const said = model && aboutModel(placed, model)
        if (said) yield { at: [...placed.at, 'nics', index, 'model'], ...said }
      }
    }
  },
}

function aboutModel(placed: Placed, model: NicModel) {
  const { path, hypervisor } = placed.machine
  const onVmware = allAre(placed.runsOn, isVmware)
  const onKvm = allAre(placed.runsOn, isKvm)
  const offered = onVmware ? model !== 'virtio' : !onKvm || (model !== 'vmxnet2' && model !== 'sriov')
  const host = softwareWords(placed.runsOn[0] ?? { product: '' })
  if (!offered)
    return {
      text: `\`${path}\` has a card \`${model}\`, which ${host} does not offer.`,
      remedy: `Use ${onVmware ? '`vmxnet3`' : '`virtio` or `vmxnet3`'}.`,
    }
  if (hypervisor?.product !== 'esxi') return undefined
  const version = hypervisor.version ?? lastWithE1000
  const e1000 = model === 'e1000' && compareVersions(version, lastWithE1000) >= 0
  if (!withoutEsxiDriver.has(model) && !e1000) return undefined
  return {
    text: `${softwareWords(hypervisor)} in \`${path}\` has no driver for its card \`${model}\`.`,
    remedy: e1000 ? 'Use `vmxnet3` or `e1000e`.' : 'Use `vmxnet3`.',
  }
}

const emulated: ReadonlySet<NicModel> = new Set(['e1000', 'e1000e', 'pcnet32'])

export const nicModel: Rule = {
  id: 'hardware/nic-model',
  severity: 'advice',
  title: 'Cards that carry a switch inside are paravirtual.',
  why: 'An emulated card costs the host a stop for nearly every packet, and a card that is an uplink inside carries the packets of all inner machines. Paravirtual ones hand over many packets at once.',
  covers: ['R056'],
  sources: [articles.S1],
  *find({ carriers }) {
    for (const { placed, nic, at, behind } of carriers) {
      const model = placed.machine.traits?.nicModels?.[placed.machine.nics.indexOf(nic)]
      // A card without driver is said elsewhere.
      if (!model || !emulated.has(model) || aboutModel(placed, model) || behind.length === 0) continue
      const value = paravirtualOn(placed)
      if (!value) continue
      const place = [...at, 'model']
      yield {
        at: place,
        text: `\`${nic.name}\` of \`${placed.machine.path}\` is an emulated \`${model}\`, and an uplink for what is inside.`,
        remedy: `Use \`${value}\`.`,
        edits: [{ at: place, value }],
      }
    }
  },
}

/** Where host and guest are known to have it. */
function paravirtualOn(placed: Placed): NicModel | undefined {
  if (!isHypervisor(placed)) return undefined
  const { product } = placed.machine.hypervisor
  if (allAre(placed.runsOn, isVmware) && product !== 'hyperv') return 'vmxnet3'
  if (!allAre(placed.runsOn, isKvm)) return undefined
  return product === 'esxi' ? 'vmxnet3' : product === 'hyperv' ? undefined : 'virtio'
}
