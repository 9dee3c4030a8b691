/** Rules about machines of Hyper-V that are hypervisors themselves. */
import { compareVersions } from '#facts'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Rule } from '../rule.ts'
import { isHyperv, mayAllBe, siteVendor } from './hosts.ts'
import { hardwareOf, hardwarePath, nestingOf, type PlacedHypervisor } from './hypervisors.ts'

/** Both settings exist on Hyper-V only. */
function mayBeOnHyperv({ runsOn }: PlacedHypervisor): boolean {
  return mayAllBe(runsOn, isHyperv)
}

const firstNested = { intel: '8.0', amd: '9.3' } as const

export const configVersion: Rule = {
  id: 'hardware/hyperv-config-version',
  severity: 'error',
  title: 'A hypervisor on Hyper-V has configuration version 8.0 or later, on AMD 9.3 or later.',
  why: 'Machines of an older configuration version keep the features of the Windows that made them, which did not hand on hardware virtualization. The version can be raised while the machine is off, and never lowered.',
  covers: ['R021', 'R050'],
  sources: [pages.hypervNested, articles.S4],
  *find(scene) {
    const least = firstNested[siteVendor(scene) ?? 'intel']
    for (const placed of nestingOf(scene)) {
      const { configVersion: written } = hardwareOf(placed)
      if (written === undefined || !mayBeOnHyperv(placed) || compareVersions(written, least) >= 0) continue
      const at = hardwarePath(placed, 'configVersion')
      yield {
        at,
        text: `\`${placed.machine.path}\` has configuration version ${written}, and nesting needs ${least}${least === firstNested.amd ? ' on AMD' : ''}.`,
        remedy: `Set \`configVersion\` to "${least}" or later.`,
        edits: [{ at, value: least }],
      }
    }
  },
}

export const hypervMemory: Rule = {
  id: 'hardware/hyperv-memory',
  severity: 'warning',
  title: 'A hypervisor on Hyper-V has fixed memory.',
  why: 'While a hypervisor runs in a machine of Hyper-V, its memory neither grows nor shrinks, and resizing it fails. It stays at what the machine had when the inner hypervisor started, which may be little.',
  covers: ['R021'],
  sources: [pages.hypervNested],
  *find(scene) {
    for (const placed of nestingOf(scene)) {
      if (hardwareOf(placed).dynamicMemory !== true || !mayBeOnHyperv(placed)) continue
      const at = hardwarePath(placed, 'dynamicMemory')
      yield {
        at,
        text: `\`${placed.machine.path}\` is a hypervisor with dynamic memory, which does not change while it runs.`,
        remedy: 'Set `dynamicMemory` to false.',
        edits: [{ at, value: false }],
      }
    }
  },
}
