/** Rules about whether a cloud instance nests at all, and how deep. */
import { cloudFacts, cloudSize } from '#facts'
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule, Severity } from '../rule.ts'
import type { Scene } from '../scene.ts'
import { named } from '../words.ts'
import { deeperIn, type Instance, instancesOf, isForbidden, isMetal } from './instance.ts'

export const nestedSupport: Rule = {
  id: 'cloud/nested-support',
  severity: 'error',
  title: 'A cloud instance has a size that nests.',
  why:
    'Clouds hand VT-x or AMD-V only to some families, and to some only as whole machines of metal. Elsewhere hypervisors ' +
    'refuse to start, or emulate every instruction.',
  covers: ['R160', 'R161', 'R177', 'R180'],
  sources: [pages.ec2, pages.hypervNested, pages.gcp, pages.labs, articles.S4],
  *find(scene) {
    for (const instance of instancesOf(scene)) {
      if (instance.cloud && scene.machines.length > 0) yield* support(instance, severityOf(instance, scene))
    }
  },
}

export const classSize: Rule = {
  id: 'class/size',
  severity: 'error',
  title: 'The seats of a class have a size that nests.',
  why:
    'Every seat is an instance in which hypervisors shall run. A size without VT-x or AMD-V lets the class begin with an ' +
    'error message.',
  covers: ['R177', 'R180'],
  sources: [pages.labs, pages.hypervNested, pages.ec2, pages.gcp, articles.S4],
  *find(scene) {
    for (const instance of instancesOf(scene)) {
      if (!instance.cloud && scene.machines.length > 0) yield* support(instance, severityOf(instance, scene))
    }
  },
}

function* support({ title, terms, size, at }: Instance, severity: Severity): Generator<Hit> {
  // One sentence of the note is enough.
  const [reason] = size?.note?.split('. ') ?? []
  const because = reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`
  if (size?.nested === 'no') {
    yield {
      at: [...at, 'size'],
      text: `\`${size.size}\` of ${title} does not nest${because}.`,
      remedy: `Choose a size that does, such as \`${terms.suggestedSize}\`.`,
      severity,
    }
  } else if (size?.nested === 'unknown' && size.note !== undefined) {
    yield {
      at: [...at, 'size'],
      text: `Whether \`${size.size}\` of ${title} nests is not certain${because}.`,
      remedy: `Make sure of it beforehand, or choose a size that does, such as \`${terms.suggestedSize}\`.`,
      severity: 'advice',
    }
  }
}

/** KVM nodes can be emulated by QEMU, slowly; Hyper-V and ESXi cannot do without the hardware. */
function severityOf({ provider, hypervisor }: Instance, { machines }: Scene): Severity {
  const emulated = machines.every(({ machine }) => (machine.hypervisor?.product ?? 'kvm') === 'kvm')
  const onQemu = hypervisor === undefined ? provider !== 'azure-lab-services' : hypervisor === 'kvm'
  return emulated && onQemu ? 'warning' : 'error'
}

export const nestedEnabled: Rule = {
  id: 'cloud/nested-enabled',
  severity: 'error',
  title: 'Nested virtualization is asked for when the instance is made.',
  why:
    'EC2 and Google Compute Engine switch it on only where one asks for it, also on sizes that can. On EC2 it can be switched ' +
    'on later while the instance is stopped.',
  covers: ['R162'],
  sources: [pages.ec2, pages.ec2Options, pages.gcp, articles.S4],
  *find(scene) {
    for (const instance of instancesOf(scene)) {
      const { cloud, provider, title, size, terms } = instance
      const onDemand = provider === 'ec2' || provider === 'gcp'
      if (!cloud || cloud.nested || !onDemand || size?.nested !== 'yes' || scene.machines.length === 0)
        continue
      const free = !cloud.spot && !cloud.hibernation && instance.hypervisor !== 'hyperv'
      yield {
        at: [...instance.at, 'nested'],
        text: `\`${cloud.size}\` of ${title} nests only where it is asked for, and \`nested\` is not true.`,
        remedy: `Write \`nested: true\`; for the cloud that is ${terms.options[0] ?? 'an option'}.`,
        severity: severityOf(instance, scene),
        ...(free && { edits: [{ at: [...instance.at, 'nested'], value: true }] }),
      }
    }
  },
}

export const sizeOfCloud: Rule = {
  id: 'cloud/size-name',
  severity: 'error',
  title: 'A size is one of the cloud in which it is wanted.',
  why: 'Each cloud names its sizes in its own way, and knows no other. Nothing can be said about a size that it does not have.',
  covers: [],
  sources: [known],
  *find(scene) {
    for (const { provider, title, terms, size, sizeName, at } of instancesOf(scene)) {
      if (sizeName === undefined || size) continue
      const owner = otherClouds(provider).find((other) => isSizeOf(other, sizeName))
      // Azure has names, of sizes with accelerators, that follow no single form.
      if (!owner && provider === 'azure') continue
      yield {
        at: [...at, 'size'],
        text: owner
          ? `\`${sizeName}\` is a size of ${cloudFacts(owner)?.title}, not of ${title}.`
          : `\`${sizeName}\` does not look like a size of ${title}.`,
        remedy: `Write a size of ${title}, such as \`${terms.suggestedSize}\`.`,
        ...(owner ? {} : { severity: 'warning' }),
      }
    }
  },
}

const otherClouds = (provider: string) => (['ec2', 'azure', 'gcp'] as const).filter((one) => one !== provider)

function isSizeOf(provider: 'ec2' | 'azure' | 'gcp', name: string): boolean {
  const size = cloudSize(provider, name)
  return size !== undefined && size.nested !== 'unknown'
}

export const classDepth: Rule = {
  id: 'class/depth',
  severity: 'warning',
  title: 'Hypervisors in a seat of a cloud hold no further level of machines.',
  why:
    'A seat is itself a machine of the cloud, so what runs in it is nested already, and that is as deep as clouds document. ' +
    'A further level may start, but slowly, and nobody will look into it when it does not.',
  covers: [],
  sources: [pages.ec2, pages.hypervNested, articles.S4],
  *find(scene) {
    const deeper = deeperIn(scene)
    for (const instance of instancesOf(scene)) {
      const { cloud, provider, title, size, sizeName, at } = instance
      // For a site in a cloud, the rule about depth counts the cloud's own hypervisor.
      if (cloud || isMetal(instance) || size?.nested === 'no') continue
      const found = deeper.filter(({ machine }) => !isForbidden(provider, machine.hypervisor?.product))
      if (found.length === 0) continue
      const names = named(found.map(({ machine }) => machine.path))
      yield {
        at: [...at, sizeName === undefined ? 'provider' : 'size'],
        text: `${names} would hold machines inside a seat in ${title}, a third level above the hypervisor of the cloud.`,
        remedy: 'Run these machines directly in the seat.',
      }
    }
  },
}
