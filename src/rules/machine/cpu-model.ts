/** Rule about QEMU's CPU models, most of which have no VT-x or AMD-V. */
import { processorGeneration } from '#facts'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import { isKvm, mayAllBe } from './hosts.ts'
import { emulatesWithout, hardwareOf, hardwarePath, nestingOf, type PlacedHypervisor } from './hypervisors.ts'
import { type CpuModel, cpuModelOf, flagOf, passesHostOn } from './seen-cpu.ts'

export const modelHidesVirtualization: Rule = {
  id: 'cpu/model-hides-virtualization',
  severity: 'error',
  title: 'The CPU model of a hypervisor on KVM has vmx or svm.',
  why: 'Models such as kvm64, and the types that Proxmox VE gives by default, have neither; named ones of QEMU have it only when asked. Then the inner hypervisor finds a processor without hardware virtualization, whatever the host has.',
  covers: ['R009', 'R010', 'R014'],
  sources: [pages.qemuModels, pages.kernel, pages.proxmox, articles.S4],
  *find(scene) {
    const emulated = scene.site.accelerator === 'tcg'
    for (const placed of nestingOf(scene)) {
      // Emulated machines have the features that QEMU emulates.
      if ((emulated && !placed.host) || !mayAllBe(placed.runsOn, isKvm)) continue
      const model = cpuModelOf(placed)
      if (model && hides(model) && !flagElsewhere(placed)) yield hitAt(placed, model)
    }
  },
}

function hides(model: CpuModel): boolean {
  const flags = [flagOf(model, 'vmx'), flagOf(model, 'svm')]
  if (flags.includes('on')) return false
  return flags.includes('off') || !passesHostOn(model)
}

/** Settings may hand the flag over in their own way, such as `args` or `flags`. */
function flagElsewhere(placed: PlacedHypervisor): boolean {
  const settings = Object.entries(hardwareOf(placed).settings ?? {}).flat()
  return settings.some((text) => /vmx|svm|nested/i.test(text))
}

function hitAt(placed: PlacedHypervisor, model: CpuModel): Hit {
  const { path } = placed.machine
  const vendor =
    processorGeneration(model.name)?.vendor ?? (/epyc|opteron/i.test(model.name) ? 'amd' : undefined)
  const at = hardwarePath(placed, 'cpuModel')
  const flag = vendor === 'amd' ? 'svm' : 'vmx'
  // libvirt adds svm to the models of AMD, QEMU alone does not.
  const byLuck = emulatesWithout(placed) || vendor === 'amd'
  const named = vendor !== undefined && model.flags.length === 0
  return {
    at,
    severity: byLuck ? 'warning' : 'error',
    text: `The CPU model \`${model.name}\` of \`${path}\` has neither vmx nor svm${emulatesWithout(placed) ? ', so that machines inside are emulated' : ', without which no machine starts inside'}.`,
    remedy: named ? `Write \`host\`, or \`${model.name},+${flag}\` to keep the model.` : 'Write `host`.',
    ...(!named && model.flags.length === 0 && { edits: [{ at, value: 'host' }] }),
  }
}
