/** Rules about what else runs on a host, and whether its hypervisor hands on what nesting needs. */
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import { pathOfHost, type Scene } from '../scene.ts'
import { counted, namedMachines, softwareWords } from '../words.ts'
import { severityFor } from './hosts.ts'
import { emulatesWithout, hypervisorsOf, nestingOf } from './hypervisors.ts'

export const hostPassesOn: Rule = {
  id: 'cpu/host-passes-on',
  severity: 'error',
  title: 'The hypervisor of the host passes hardware virtualization on to its machines.',
  why: 'KVM has a switch for it, `nested`, which is on since Linux 4.20 unless somebody turned it off. Where it is off, inner hypervisors find no VT-x or AMD-V.',
  covers: ['R009', 'R002'],
  sources: [articles.S4, pages.kernel, pages.proxmox],
  *find(scene) {
    const inner = nestingOf(scene).filter(({ host }) => !host)
    const helpless = inner.filter((placed) => !emulatesWithout(placed))
    if (inner.length === 0) return
    const failing = scene.site.hosts.filter(({ nested }) => nested === false)
    const every = severityFor(failing.length, scene.site.hosts.length)
    for (const { name, product } of failing) {
      const then =
        helpless.length > 0
          ? `${namedMachines(helpless)} cannot start machines there`
          : `the machines in ${namedMachines(inner)} are emulated there`
      yield {
        at: [...pathOfHost(name), 'nested'],
        severity: helpless.length > 0 ? every : 'warning',
        text: `\`${name}\` does not pass hardware virtualization on, so ${then}.`,
        remedy:
          product === 'kvm' || product === 'proxmox'
            ? 'Load kvm_intel or kvm_amd with nested=1 while no machine runs.'
            : 'Switch nested virtualization on in its hypervisor.',
      }
    }
  },
}

/** Programs of a desktop, which share its processor with whatever else holds VT-x or AMD-V. */
const desktop: ReadonlySet<string> = new Set(['workstation', 'player', 'virtualbox'])

export const hostVbs: Rule = {
  id: 'cpu/host-vbs',
  severity: 'error',
  title: 'A PC that runs nested labs in Workstation, Player or VirtualBox has Hyper-V and VBS off.',
  why: 'With Hyper-V or virtualization-based security on, Windows itself runs on a hypervisor, and other products run their machines by its leave. In that mode they hand no hardware virtualization on, and the box for it is greyed out.',
  covers: ['R009', 'R011'],
  sources: [pages.hostVbs, pages.virtualbox],
  *find(scene) {
    if (hypervisorsOf(scene).length === 0) return
    const failing = scene.site.hosts.filter((host) => host.vbs === true && desktop.has(host.product ?? ''))
    for (const { name, product = '', version } of failing) {
      yield {
        at: [...pathOfHost(name), 'vbs'],
        severity: severityFor(failing.length, scene.site.hosts.length),
        text: `\`${name}\` runs Windows with Hyper-V or VBS, so that ${softwareWords({ product, version })} hands no hardware virtualization on.`,
        remedy:
          'Switch off Hyper-V, the Windows Hypervisor Platform and memory integrity, and restart Windows.',
      }
    }
  },
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/virtualbox|vbox/i, 'virtualbox'],
  [/hyper-?v\b|\bwsl|windows hypervisor platform|\bwhpx?\b|\bvbs\b/i, 'hyperv'],
  [/workstation/i, 'workstation'],
  [/\bplayer/i, 'player'],
  [/\bkvm\b|qemu|libvirt/i, 'kvm'],
]

function kindOf(text: string): string | undefined {
  return kinds.find(([pattern]) => pattern.test(text))?.[1]
}

export const twoHypervisors: Rule = {
  id: 'cpu/two-hypervisors',
  severity: 'warning',
  title: 'One hypervisor at a time holds the processor of a host.',
  why: 'VT-x belongs to whoever took it first, and others fail or fall back to something slow. From Linux 6.12 on KVM takes it as soon as its module is loaded, so that VirtualBox starts no machine.',
  covers: ['R001', 'R009'],
  sources: [pages.virtualbox, pages.hostVbs, known],
  *find(scene) {
    if (scene.machines.length === 0) return
    for (const host of scene.site.hosts) yield* conflictsOf(host, scene)
  },
}

function* conflictsOf(host: Scene['site']['hosts'][number], scene: Scene): Iterable<Hit> {
  const { name, product = '', version, vbs, alsoRuns = [] } = host
  const at = [...pathOfHost(name), 'alsoRuns']
  for (const [index, other] of alsoRuns.entries()) {
    const kind = kindOf(other)
    if (kind === undefined || kind === product) continue
    const own = softwareWords({ product, version })
    if (kind === 'hyperv' && desktop.has(product)) {
      // Said by the rule about VBS already.
      if (vbs === true) continue
      const nests = hypervisorsOf(scene).length > 0
      yield {
        at: [...at, index],
        severity: nests ? severityFor(1, scene.site.hosts.length) : 'warning',
        text: `\`${name}\` runs ${other} beside ${own}, which then hands no hardware virtualization on.`,
        remedy: `Switch ${other} off, or run the lab on it instead.`,
      }
    } else if ((desktop.has(product) && kind !== 'hyperv') || (product === 'kvm' && desktop.has(kind))) {
      yield {
        at: [...at, index],
        // KVM gives way only while a machine of the other one runs.
        ...(product === 'kvm' && { severity: 'advice' as const }),
        text: `\`${name}\` runs ${other} beside ${own}, and only one of them can hold VT-x or AMD-V.`,
        remedy:
          kind === 'kvm'
            ? 'Unload kvm_intel or kvm_amd while the lab runs.'
            : `Stop ${other} while the lab runs.`,
      }
    }
  }
}

export const accelerator: Rule = {
  id: 'cpu/accelerator',
  severity: 'advice',
  title: 'Machines run on the processor of this machine, not on an emulated one.',
  why: 'Without usable KVM every instruction of every machine is emulated, so labs work at every level and take several times as long. Systems that are large or ask for hardware virtualization, such as ESXi and Windows, take hours or do not get up at all.',
  covers: ['R001', 'R008', 'R027'],
  sources: [articles.S4, pages.kernel],
  *find(scene) {
    const { site, machines } = scene
    if (site.accelerator === undefined || site.accelerator === 'kvm' || machines.length === 0) return
    const remedy = '`nestlab doctor` says what is missing.'
    if (site.accelerator === 'none') {
      const text = 'This machine has no QEMU, so none of the machines can be started.'
      yield { at: ['site'], severity: 'error', text, remedy }
      return
    }
    const heavy = hypervisorsOf(scene).filter(({ machine }) => machine.hypervisor.product !== 'kvm')
    const all = `${counted(machines.length, 'machine')} of the lab ${machines.length === 1 ? 'is' : 'are'} emulated`
    const paths = namedMachines(heavy)
    const also =
      heavy.length === 0
        ? ''
        : `, also ${paths}, which ${heavy.length === 1 ? 'is' : 'are'} too large for that`
    yield {
      at: ['site'],
      ...(heavy.length > 0 && { severity: 'warning' as const }),
      text: `This machine has no usable KVM: ${all}${also}.`,
      remedy,
    }
  },
}
