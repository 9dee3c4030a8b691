/** Rules about options of a cloud instance that do not go together with nesting. */
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Rule } from '../rule.ts'
import { instancesOf, isMetal } from './instance.ts'

export const spot: Rule = {
  id: 'cloud/spot',
  severity: 'warning',
  title: 'An EC2 instance that nests is not a spot instance.',
  why:
    'Requests for spot instances with nested virtualization are reported to be refused. A spot instance may also be taken ' +
    'away at any time, with every level inside it.',
  covers: ['R164'],
  sources: [pages.spot, articles.S4],
  *find(scene) {
    for (const instance of instancesOf(scene)) {
      const { cloud, provider, at } = instance
      if (provider !== 'ec2' || !cloud?.spot || !cloud.nested || isMetal(instance)) continue
      yield {
        at: [...at, 'spot'],
        text: `\`${cloud.size}\` is wanted as a spot instance and with nested virtualization.`,
        remedy: 'Write `spot: false`, or take a metal size.',
      }
    }
  },
}

export const hibernation: Rule = {
  id: 'cloud/hibernation',
  severity: 'error',
  title: 'A Windows instance on EC2 that nests does not hibernate.',
  why:
    'AWS supports no hibernation of Windows instances on which nested virtualization is switched on. What is to be kept has ' +
    'to be shut down or saved inside.',
  covers: [],
  sources: [pages.ec2],
  *find(scene) {
    for (const instance of instancesOf(scene)) {
      const { cloud, provider, at, hypervisor } = instance
      if (provider !== 'ec2' || !cloud?.hibernation || !cloud.nested) continue
      if (hypervisor !== 'hyperv' || isMetal(instance)) continue
      yield {
        at: [...at, 'hibernation'],
        text: `The Windows instance \`${cloud.size}\` shall hibernate and nest.`,
        remedy: 'Write `hibernation: false`.',
        edits: [{ at: [...at, 'hibernation'], value: false }],
      }
    }
  },
}

export const windowsCpus: Rule = {
  id: 'cloud/size-limit',
  severity: 'error',
  title: 'A Windows instance on EC2 that nests has no more CPUs than AWS supports for it.',
  why: 'AWS supports nested virtualization on Windows instances up to 192 CPUs only. The largest sizes nest with Linux.',
  covers: [],
  sources: [pages.ec2],
  *find(scene) {
    for (const instance of instancesOf(scene)) {
      const { cloud, at, hypervisor, size, terms } = instance
      const [vcpus, most] = [size?.vcpus ?? 0, terms.mostWindowsCpus]
      if (most === undefined || !cloud?.nested || hypervisor !== 'hyperv') continue
      if (isMetal(instance) || size?.nested === 'no' || vcpus <= most) continue
      yield {
        at: [...at, 'size'],
        text: `The Windows instance \`${cloud.size}\` has ${vcpus} CPUs, more than the ${most} with which one can nest.`,
        remedy: `Choose a size with at most ${most} CPUs.`,
      }
    }
  },
}

export const securityType: Rule = {
  id: 'cloud/azure-security-type',
  severity: 'error',
  title: 'A machine of Azure that nests has the security type Standard.',
  why:
    'Trusted Launch and confidential machines conflict with nested virtualization. Trusted Launch is the default of new ' +
    'machines of generation 2, so the type has to be chosen when the machine is made.',
  covers: [],
  sources: [pages.hypervNested, pages.trustedLaunch],
  *find(scene) {
    for (const { cloud, provider, at, size } of instancesOf(scene)) {
      const type = cloud?.securityType
      if (provider !== 'azure' || !cloud || type === undefined || type === 'standard') continue
      if (size?.nested === 'no' || scene.machines.length === 0) continue
      yield {
        at: [...at, 'securityType'],
        text: `\`${cloud.size}\` is wanted with the security type \`${type}\`, with which it does not nest.`,
        remedy: 'Write `securityType: standard`.',
      }
    }
  },
}
