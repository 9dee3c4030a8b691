/** Rules about VMware Tools, in nested ESXi and in the machines inside it. */
import { productFacts } from '#facts'
import { articles, known } from '../articles.ts'
import type { Rule } from '../rule.ts'
import { softwareWords } from '../words.ts'
import { isVmware, mayAllBe } from './hosts.ts'
import { factsOf, hypervisorsOf, isHypervisor } from './hypervisors.ts'

export const nestedTools: Rule = {
  id: 'tools/nested-esxi',
  severity: 'warning',
  title: 'A nested ESXi 5 has the tools package for it, a later one needs none.',
  why: 'Without tools the outer host can only cut the power, and sees neither address nor name of the nested one. The usual VMware Tools do not run in ESXi, which got its own package for 5.x and has them built in since 6.0.',
  covers: ['R110', 'R111', 'R112'],
  sources: [articles.S0, articles.S2, articles.S4],
  *find(scene) {
    for (const placed of hypervisorsOf(scene)) {
      const { hypervisor, traits, path } = placed.machine
      const tools = traits?.tools
      const builtIn = factsOf(placed)?.toolsBuiltIn
      if (hypervisor.product !== 'esxi' || tools === undefined || builtIn === undefined) continue
      if (!mayAllBe(placed.runsOn, isVmware)) continue
      const words = softwareWords(hypervisor)
      const at = [...placed.at, 'tools']
      if (!builtIn && tools !== 'vib')
        yield {
          at,
          text: `${words} in \`${path}\` has no tools${tools === 'built-in' ? ' of its own' : ''}, so its host cannot shut it down.`,
          remedy: 'Install the tools package for nested ESXi and write `tools: vib`.',
        }
      if (builtIn && tools === 'vib')
        yield {
          at,
          severity: 'advice',
          text: `${words} in \`${path}\` has its tools built in, and gets the package for ESXi 5 on top.`,
          remedy: 'Leave the package out and remove `tools`.',
        }
    }
  },
}

export const innerTools: Rule = {
  id: 'tools/inner-machines',
  severity: 'advice',
  title: 'Machines inside a nested ESXi have VMware Tools.',
  why: 'Tools bring the drivers for disk, network and screen that cost the least, and a clean shutdown. Through two hypervisors each emulated access costs twice.',
  covers: ['R112', 'R113'],
  sources: [articles.S4, known],
  *find({ machines }) {
    for (const placed of machines) {
      const { host, machine } = placed
      if (machine.traits?.tools !== 'none' || isHypervisor(placed)) continue
      const outer = host?.machine.hypervisor
      if (outer?.product !== 'esxi' || !productFacts(outer.product, outer.version)) continue
      yield {
        at: [...placed.at, 'tools'],
        text: `\`${machine.path}\` runs in the nested ${softwareWords(outer)} without VMware Tools.`,
        remedy: 'Install VMware Tools, which Linux systems bring as open-vm-tools.',
      }
    }
  },
}
