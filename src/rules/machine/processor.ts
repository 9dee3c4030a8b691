/** Rules about the processors of declared hosts: what nesting needs of them. */
import type { ProcessorGeneration } from '#facts'
import { articles, known, page } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import { pathOfCluster, pathOfHost, type Scene } from '../scene.ts'
import { counted, named } from '../words.ts'
import { generationOfBaseline, type SiteHost, severityFor, siteHosts } from './hosts.ts'
import { hardwareOf, hardwarePath, hypervisorsOf, isHypervisor } from './hypervisors.ts'

const vendorWords = {
  intel: { virtualization: 'VT-x', slat: 'EPT', from: 'Nehalem (2008)' },
  amd: { virtualization: 'AMD-V', slat: 'NPT', from: 'the Opterons of the third generation (2007)' },
} as const

/** On hosts that fail; an error where no other host is left. */
function hitsOn(
  hosts: readonly SiteHost[],
  fails: (host: SiteHost) => boolean,
  hit: (host: SiteHost) => Omit<Hit, 'severity'>,
): readonly Hit[] {
  const failing = hosts.filter(fails)
  const severity = severityFor(failing.length, hosts.length)
  return failing.map((host) => ({ ...hit(host), severity }))
}

export const generation: Rule = {
  id: 'cpu/generation',
  severity: 'error',
  title: 'Hosts of nested labs have a processor with VT-x and EPT, or AMD-V and NPT.',
  why: 'A hypervisor inside a machine needs hardware virtualization of its own, and nested page tables to be of use. Intel has both since Nehalem, AMD since its third Opteron generation, in desktop and notebook processors as well.',
  covers: ['R001', 'R002', 'R007', 'R191'],
  sources: [articles.S0, articles.S1, pages.vmwareNested, pages.evc],
  *find(scene) {
    if (hypervisorsOf(scene).length === 0) return
    yield* hitsOn(
      siteHosts(scene),
      ({ generation }) =>
        generation?.is64bit === true && !(generation.hasVirtualization && generation.hasSlat),
      ({ facts, cpuAt, generation }) => ({
        at: cpuAt,
        text: `The processor of \`${facts.name}\`, ${generation?.title}, has no ${lacks(generation)}.`,
        remedy: `Use a host with ${from(generation)} or newer.`,
      }),
    )
    yield* weakBaselines(scene)
  },
}

function lacks(generation: ProcessorGeneration | undefined): string {
  const words = vendorWords[generation?.vendor ?? 'intel']
  return generation?.hasVirtualization ? words.slat : words.virtualization
}

const from = (generation: ProcessorGeneration | undefined) => vendorWords[generation?.vendor ?? 'intel'].from

/** EVC takes features away from machines, and promises only those of its baseline. */
function* weakBaselines({ lab, site }: Scene): Iterable<Hit> {
  const names = new Set(site.hosts.map(({ name }) => name))
  for (const { name, members, evc } of lab.clusters ?? []) {
    const baseline = evc === undefined ? undefined : generationOfBaseline(evc)
    if (!baseline || baseline.hasSlat || !members.some((member) => names.has(member))) continue
    yield {
      at: [...pathOfCluster(name), 'evc'],
      severity: 'warning',
      text: `The EVC baseline \`${evc}\` of cluster \`${name}\` is from before ${vendorWords[baseline.vendor].slat}, so that its machines need not see it.`,
      remedy: `Set it to ${from(baseline)} or newer, as far as all members reach it.`,
    }
  }
}

export const knownGeneration: Rule = {
  id: 'cpu/known-generation',
  severity: 'advice',
  title: 'The generation of a processor is one that is known here.',
  why: 'What a processor can do follows from its generation. With an unknown name the rules about processors have nothing to go by and keep silent.',
  covers: [],
  sources: [known],
  *find(scene) {
    for (const { facts, at, generation } of siteHosts(scene)) {
      const name = facts.cpu?.generation
      if (name === undefined || generation) continue
      yield {
        at: [...at, 'cpu', 'generation'],
        text: `The processor generation \`${name}\` of \`${facts.name}\` is not known here.`,
        remedy: 'Write a name such as `haswell`, `cascade-lake` or `zen3`, or the `model` of the processor.',
      }
    }
  },
}

export const is64bit: Rule = {
  id: 'cpu/64-bit',
  severity: 'error',
  title: 'Hosts and hypervisors are 64-bit.',
  why: 'Only a 64-bit processor has room for a hypervisor and runs 64-bit machines, at every level. On a 64-bit one 32-bit machines run, too.',
  covers: ['R005', 'R191'],
  sources: [articles.S0, articles.S3, pages.esxi60],
  *find(scene) {
    if (scene.machines.length === 0) return
    const is32 = ({ facts, generation }: SiteHost) =>
      facts.cpu?.bits === 32 || (facts.cpu?.bits === undefined && generation?.is64bit === false)
    yield* hitsOn(siteHosts(scene), is32, ({ facts, at, cpuAt }) => ({
      at: facts.cpu?.bits === undefined ? cpuAt : [...at, 'cpu', 'bits'],
      text: `The processor of \`${facts.name}\` is 32-bit: it runs neither hypervisors nor 64-bit machines.`,
      remedy: 'Use a host with a 64-bit processor.',
    }))
    yield* narrowHypervisors(scene)
  },
}

function* narrowHypervisors({ machines }: Scene): Iterable<Hit> {
  for (const placed of machines) {
    if (hardwareOf(placed).bits !== 32 || !isHypervisor(placed)) continue
    const { product, inside } = placed.machine.hypervisor
    // Linux for 32-bit processors has KVM, too, and runs 32-bit machines.
    const wide = inside.machines.filter(({ traits }) => traits?.hardware?.bits !== 32)
    if (product === 'kvm' && wide.length === 0) continue
    const at = hardwarePath(placed, 'bits')
    yield {
      at,
      text:
        product === 'kvm'
          ? `\`${placed.machine.path}\` is 32-bit, so it cannot run the 64-bit ${wide.length === 1 ? 'machine' : 'machines'} ${named(wide.map(({ name }) => name))}.`
          : `\`${placed.machine.path}\` is declared as 32-bit, but its hypervisor is 64-bit.`,
      remedy: 'Set `bits` to 64, or remove it.',
      ...(product !== 'kvm' && { edits: [{ at, value: 64 }] }),
    }
  }
}

export const firmwareVirtualization: Rule = {
  id: 'cpu/firmware-virtualization',
  severity: 'error',
  title: 'VT-x or AMD-V is switched on in the firmware of the hosts.',
  why: 'A processor that has hardware virtualization still offers none while the firmware has locked it away. Nothing can switch it on until the host starts anew.',
  covers: ['R008', 'R011', 'R001'],
  sources: [
    articles.S4,
    page('Superuser 1043172: the lock bit of VT-x', 'https://superuser.com/questions/1043172', 'S'),
  ],
  *find(scene) {
    if (scene.machines.length === 0) return
    yield* hitsOn(
      siteHosts(scene),
      ({ facts }) => facts.cpu?.virtualization === false,
      ({ facts, at, vendor }) => ({
        at: [...at, 'cpu', 'virtualization'],
        text: `Hardware virtualization is switched off in the firmware of \`${facts.name}\`.`,
        remedy: `Switch ${vendor ? vendorWords[vendor].virtualization : 'VT-x or AMD-V'} on in its BIOS or UEFI, often under Advanced or Security.`,
      }),
    )
  },
}

export const vmcsShadowing: Rule = {
  id: 'cpu/vmcs-shadowing',
  severity: 'advice',
  title: 'Intel hosts of labs with much inside have VMCS shadowing.',
  why: 'Before Haswell (2013) each access of an inner hypervisor to the control structure of a machine stops in the outer one. A few small inner machines do not feel it, busy or deeper ones do.',
  covers: ['R003'],
  sources: [articles.S0, pages.kernel],
  *find(scene) {
    const inner = scene.machines.filter(({ host }) => host)
    const cpus = inner.reduce((sum, { machine }) => sum + machine.cpus, 0)
    const deep = inner.some(({ machine }) => machine.level > 2)
    const hosts = siteHosts(scene)
    const cores = hosts.map(({ facts }) => facts.cpu?.cores)
    const all = cores.reduce<number>((sum, one) => sum + (one ?? Number.POSITIVE_INFINITY), 0)
    if (!deep && cpus <= all) return
    for (const { facts, cpuAt, generation } of hosts) {
      if (generation?.vendor !== 'intel' || generation.hasShadowVmcs || !generation.hasSlat) continue
      yield {
        at: cpuAt,
        text: `The processor of \`${facts.name}\`, ${generation.title}, has no VMCS shadowing, and ${
          deep ? 'the lab goes three levels deep' : `the inner machines have ${counted(cpus, 'virtual CPU')}`
        }.`,
        remedy: 'Prefer a host with Intel Haswell or newer, or of AMD, for them.',
      }
    }
  },
}

export const hybridCores: Rule = {
  id: 'cpu/hybrid-cores',
  severity: 'error',
  title: 'Hosts with ESXi have cores of one kind.',
  why: 'ESXi compares all cores at its start and stops with "Fatal CPU mismatch" where performance and efficiency cores differ. A boot option turns that off, but then machines land on fast and slow cores by chance.',
  covers: ['R007'],
  sources: [pages.hybrid],
  *find({ site }) {
    for (const { name, product, cpu } of site.hosts) {
      if (product !== 'esxi' || cpu?.hybrid !== true) continue
      yield {
        at: [...pathOfHost(name), 'cpu', 'hybrid'],
        text: `The processor of \`${name}\` has cores of two kinds, with which ESXi does not start.`,
        remedy:
          'Switch the efficiency cores off in the firmware, or start ESXi with cpuUniformityHardCheckPanic=FALSE and accept this finding.',
      }
    }
  },
}

const otherArchitecture = /\bapple m\d|graviton|\bampere\b|snapdragon|\bcortex-|\bcobalt 100\b|\baxion\b/i

export const isX86: Rule = {
  id: 'cpu/x86',
  severity: 'error',
  title: 'Hosts have a processor of the x86 family.',
  why: 'Hypervisors for x86 run only on processors of Intel and AMD. On Arm, which includes Macs with Apple silicon, no x86 machine can hold another one.',
  covers: ['R001', 'R007'],
  sources: [
    page(
      'GNS3 issue 3636: no nested x86 machines on Apple silicon',
      'https://github.com/GNS3/gns3-gui/issues/3636',
      'S',
    ),
  ],
  *find(scene) {
    if (hypervisorsOf(scene).length === 0) return
    yield* hitsOn(
      siteHosts(scene),
      ({ facts }) => otherArchitecture.test(facts.cpu?.model ?? ''),
      ({ facts, at }) => ({
        at: [...at, 'cpu', 'model'],
        text: `The processor of \`${facts.name}\`, ${facts.cpu?.model}, is not of the x86 family.`,
        remedy: 'Use a host with a processor of Intel or AMD.',
      }),
    )
  },
}
