/** Rules about what runs in a cloud instance, and what the cloud thinks of it. */
import { nestingSupport } from '#facts'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Scene } from '../scene.ts'
import { type Instance, instancesOf, isForbidden, isMetal } from './instance.ts'

export const hypervisor: Rule = {
  id: 'cloud/hypervisor',
  severity: 'warning',
  title: 'A cloud allows the hypervisor that runs in its instances.',
  why:
    'EC2 names KVM and Hyper-V, Google only KVM, and Azure only Hyper-V as what may nest. Others have no drivers for what ' +
    'the instance shows them, or no support when they fail.',
  covers: ['R182'],
  sources: [pages.ec2, pages.gcp, pages.hypervNested, pages.labs],
  *find(scene) {
    for (const instance of instancesOf(scene)) {
      if (isMetal(instance)) continue
      yield* inInstance(instance)
      yield* onAnyLevel(instance, scene)
    }
  },
}

function* inInstance({ provider, title, terms, cloud, hypervisor: product, at }: Instance): Generator<Hit> {
  // That a seat of Azure Lab Services has to be Windows is another rule.
  if (!cloud || product === undefined || provider === 'azure-lab-services') return
  const support = nestingSupport({ product: provider }, { product })
  if (!support || support.verdict === 'supported' || support.verdict === 'works') return
  const forbidden = terms.forbids.some(({ feature }) => feature === product)
  yield {
    at: [...at, 'os'],
    text: `With \`os: ${cloud.os}\`, \`${product}\` is the hypervisor in the instance of ${title}: ${support.text}`,
    remedy: `Choose a system that brings ${terms.guestHypervisors.map((one) => `\`${one}\``).join(' or ')}.`,
    // KVM runs wherever the instance shows it VT-x; there it is only that nobody promises it.
    ...(forbidden ? { severity: 'error' } : product === 'kvm' ? { severity: 'advice' } : {}),
  }
}

function* onAnyLevel({ provider, title }: Instance, { machines }: Scene): Generator<Hit> {
  if (provider !== 'azure-lab-services') return
  for (const { machine, at } of machines) {
    const product = machine.hypervisor?.product
    if (!isForbidden(provider, product)) continue
    yield {
      at: [...at, 'hypervisor', 'product'],
      text: `\`${machine.path}\` runs \`${product}\`, and ${title} supports only Hyper-V in its machines.`,
      remedy: 'Use `product: hyperv`, or another cloud.',
      severity: 'error',
    }
  }
}

export const windowsSeat: Rule = {
  id: 'cloud/windows',
  severity: 'error',
  title: 'A machine of Azure Lab Services that nests runs Windows.',
  why: 'Azure Lab Services nests through Hyper-V, which its Windows machines alone have. Guests inside may be Linux as well.',
  covers: ['R170'],
  sources: [pages.labs, articles.S4],
  *find(scene) {
    for (const { provider, title, cloud, hypervisor: product, at } of instancesOf(scene)) {
      if (provider !== 'azure-lab-services' || !cloud || product === undefined || product === 'hyperv')
        continue
      yield {
        at: [...at, 'os'],
        text: `The machine of ${title} has \`os: ${cloud.os}\`, and only Windows nests there.`,
        remedy: 'Choose a Windows system, such as `os: windows-server-2022`.',
      }
    }
  },
}

export const production: Rule = {
  id: 'cloud/production',
  severity: 'advice',
  title: 'Machines nested in a cloud instance carry no production.',
  why:
    'The cloud sells nesting for development, tests and labs: each level costs 10 to 20 % and more for input/output. An ' +
    'instance of a fitting size without nesting is faster and supported.',
  covers: ['R165'],
  sources: [articles.S4, pages.gcp],
  *find(scene) {
    if (scene.lab.use !== 'production' || scene.machines.length === 0) return
    const nesting = instancesOf(scene).find((instance) => !isMetal(instance))
    if (!nesting) return
    yield {
      at: ['use'],
      text: `The lab is for production, and its machines would run nested in ${nesting.title}.`,
      remedy: 'Run them as instances of their own, or on a metal size.',
    }
  },
}
