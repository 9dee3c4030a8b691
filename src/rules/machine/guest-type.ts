/** Rule about the guest type that vSphere is told for a hypervisor. */
import { guestIdOf } from '#facts'
import { articles, page } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import { softwareWords } from '../words.ts'
import { newestOf } from './hardware-version.ts'
import { isVmware, mayAllBe, perHosts } from './hosts.ts'
import { hardwareOf, hardwarePath, hypervisorsOf, type PlacedHypervisor } from './hypervisors.ts'

/** How the identifiers of a product's guest types begin, where all are of one kind. */
const kinds: Readonly<Record<string, RegExp>> = {
  esxi: /^vmkernel/i,
  hyperv: /^win/i,
}

const foreign = /^(vmkernel|win)/i

export const guestType: Rule = {
  id: 'hardware/guest-id',
  severity: 'warning',
  title: 'The guest type of a hypervisor on VMware is that of its product and version.',
  why: 'From the guest type follow the devices and the hidden settings that a machine is made with. With the type ESXi all that a nested ESXi needs is there and no key has to be written by hand.',
  covers: ['R017', 'R053'],
  sources: [
    articles.S1,
    articles.S4,
    page('govmomi: values of VirtualMachineGuestOsIdentifier', 'https://github.com/vmware/govmomi', 'S'),
  ],
  *find(scene) {
    const newest = perHosts(newestOf)
    for (const placed of hypervisorsOf(scene)) {
      const { guestId, version } = hardwareOf(placed)
      if (guestId === undefined || !mayAllBe(placed.runsOn, isVmware)) continue
      const offered = version ?? Math.min(...newest(placed).map((one) => one.version))
      const hit = ofOtherKind(placed, guestId, offered) ?? ofOtherVersion(placed, guestId, offered)
      if (hit) yield { at: hardwarePath(placed, 'guestId'), ...hit }
    }
  },
}

type Said = Omit<Hit, 'at'>

function ofOtherKind(placed: PlacedHypervisor, guestId: string, offered: number): Said | undefined {
  const { hypervisor, path } = placed.machine
  const own = kinds[hypervisor.product]
  if (own ? own.test(guestId) : !foreign.test(guestId)) return undefined
  const text = `\`${path}\` runs ${softwareWords(hypervisor)}, and its guest type is \`${guestId}\`.`
  return { text, ...fixed(placed, offered) }
}

/** An older type of the same product is all there is where the right one came with a later hardware version. */
function ofOtherVersion(placed: PlacedHypervisor, guestId: string, offered: number): Said | undefined {
  const { hypervisor, path } = placed.machine
  const right = hypervisor.product === 'esxi' ? guestIdOf('esxi', hypervisor.version) : undefined
  if (!right || right.firstHardware > offered) return undefined
  if (right.guestId.toLowerCase() === guestId.toLowerCase()) return undefined
  const text = `\`${path}\` runs ${softwareWords(hypervisor)}, whose guest type is \`${right.guestId}\` (${right.title}), not \`${guestId}\`.`
  return { severity: 'advice', text, ...fixed(placed, offered) }
}

function fixed(placed: PlacedHypervisor, offered: number): Pick<Said, 'remedy' | 'edits'> {
  const { product, version } = placed.machine.hypervisor
  const right = guestIdOf(product, version)
  if (!right) return { remedy: 'Choose the type of the system that is installed.' }
  const remedy = `Set \`guestId\` to \`${right.guestId}\`.`
  const isSure = product === 'esxi' && right.firstHardware <= offered
  return { remedy, ...(isSure && { edits: [{ at: hardwarePath(placed, 'guestId'), value: right.guestId }] }) }
}
