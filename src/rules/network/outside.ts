/** Rules about where the lab meets the world: clouds that carry no foreign MACs, and malware that must not get out. */
import { cloudFacts, type Source } from '#facts'
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import type { PlacedSwitch, Scene } from '../scene.ts'
import { fabricOf } from './fabric.ts'
import { listed, switchText } from './wording.ts'

const cloudSources = (['ec2', 'azure', 'gcp', 'azure-lab-services'] as const).flatMap(
  (provider): readonly Source[] => {
    const facts = cloudFacts(provider)
    return facts ? [facts.source] : []
  },
)

export const cloudMac: Rule = {
  id: 'network/cloud-mac',
  severity: 'error',
  title: 'In a cloud, machines of the lab leave the instance by NAT or by a tunnel.',
  why: 'The network of a cloud knows one MAC for each NIC of an instance and drops frames of every other one, and no setting changes that. Machines that are bridged to such a NIC reach nothing and get no address.',
  covers: ['R060', 'R172'],
  sources: [articles.S4, ...cloudSources],
  *find(scene) {
    const provider = scene.site.cloud?.provider ?? scene.lab.class?.provider
    const facts = provider && cloudFacts(provider)
    if (!facts || facts.layer2) return
    for (const [on, { stations }] of fabricOf(scene).segments) {
      if (on.owner || stations.length === 0) continue
      for (const [index, uplink] of on.labSwitch.uplinks.entries()) {
        if (uplink.kind !== 'nic') continue
        const names = listed(stations.map(({ placed }) => placed.machine.path))
        yield {
          at: [...on.at, 'uplinks', index],
          text: `${switchText(on)} is bridged to ${uplink.name} of the instance, but the network of ${facts.title} drops frames with the MACs of ${names}.`,
          remedy: 'Use the uplink `nat`, or a tunnel to another machine.',
        }
      }
    }
  },
}

export const dnsInCloud: Rule = {
  id: 'network/dns-in-cloud',
  severity: 'error',
  title: 'Machines inside a lab VM of Azure Lab Services ask a name server that they reach.',
  why: 'Nested machines there are behind NAT and do not reach the name server of the virtual network, nor other Azure resources, directly. Names do not resolve, while addresses in the internet answer.',
  covers: ['R181'],
  sources: [articles.S4, ...cloudSources.slice(-1)],
  *find(scene) {
    const { cloud } = scene.site
    const facts = cloud && cloudFacts(cloud.provider)
    if (!cloud?.dns || !facts || facts.vnetDnsReachable) return
    for (const { machine, at } of scene.machines) {
      const index = machine.traits?.dns?.indexOf(cloud.dns) ?? -1
      if (index < 0) continue
      yield {
        at: [...at, 'dns', index],
        text: `${machine.path} asks ${cloud.dns}, the name server of the virtual network, which nested machines of ${facts.title} do not reach.`,
        remedy: 'Name a public name server, or let the lab VM forward names.',
      }
    }
  },
}

export const malwareIsolated: Rule = {
  id: 'network/malware-isolated',
  severity: 'error',
  title: 'A lab for malware has no way out.',
  why: 'What is examined in such a lab tries to leave it, and a bridged uplink puts it into the network of the house. NAT hides the machines and still lets them attack others and fetch orders.',
  covers: ['R222'],
  sources: [articles.S4],
  *find(scene) {
    if (scene.lab.use !== 'malware') return
    for (const on of scene.switches) {
      if (on.owner) continue
      const names = leaving(scene, on)
      if (names.length === 0) continue
      for (const [index, uplink] of on.labSwitch.uplinks.entries()) {
        const way = uplink.kind === 'nic' ? uplink.name : uplink.kind
        yield {
          at: [...on.at, 'uplinks', index],
          ...(uplink.kind === 'nat' && { severity: 'warning' }),
          text: `The lab is for malware, and ${listed(names)} can leave it by the uplink ${way} of ${switchText(on)}.`,
          remedy: 'Remove the uplink, and let a machine of the lab play the internet.',
        }
      }
    }
  },
}

function leaving(scene: Scene, on: PlacedSwitch): readonly string[] {
  const { stations } = fabricOf(scene).segments.get(on) ?? { stations: [] }
  return stations.filter(({ refused }) => !refused).map(({ placed }) => placed.machine.path)
}
