/** `nestlab show --resolved`: the lab as a lab file that leaves nothing open. */
import { stringify } from 'yaml'
import type {
  ImageReference,
  LabSwitch,
  Level,
  Machine,
  Overlay,
  PortGroup,
  ResolvedLab,
  SwitchKind,
} from './model.ts'
import type { Datastore, HostFacts, MachineTraits } from './model-traits.ts'
import { writtenExpectation } from './resolve-expect.ts'
import { formatMiB } from './sizes.ts'
import { writtenUplink } from './uplink-text.ts'
import { formatVlan } from './vlan.ts'

/** Loading the text gives the same lab again. `folder` is the one the lab file lies in. */
export function resolvedYaml(lab: ResolvedLab, folder = ''): string {
  const content = {
    nestlab: 1,
    name: lab.name,
    ...(lab.purpose !== undefined && { purpose: lab.purpose }),
    ...(lab.use !== undefined && { use: lab.use }),
    ...(lab.snapshots !== undefined && { snapshots: lab.snapshots }),
    site: siteOf(lab),
    ...levelOf(lab.top, folder),
    ...(lab.clusters && { clusters: byName(lab.clusters, ({ name: _, ...cluster }) => cluster) }),
    ...(lab.overlays && { overlays: byName(lab.overlays, overlayOf) }),
    ...(lab.expect && { expect: lab.expect.map(writtenExpectation) }),
    ...(lab.datastores && { datastores: byName(lab.datastores, datastoreOf) }),
    ...(lab.class && { class: lab.class }),
    ...(lab.suppress && { suppress: lab.suppress }),
  }
  return stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })
}

function byName<Item extends { readonly name: string }>(
  items: readonly Item[],
  contentOf: (item: Item) => object,
) {
  return Object.fromEntries(items.map((item) => [item.name, contentOf(item)]))
}

function siteOf({ hosts, cloud, site }: ResolvedLab) {
  if (hosts) return { kind: 'facts', hosts: byName(hosts, hostOf) }
  return cloud ? { kind: 'facts', cloud } : site
}

function datastoreOf({ name: _, sizeMiB, cacheMiB, ...datastore }: Datastore) {
  return {
    ...datastore,
    ...(sizeMiB !== undefined && { size: formatMiB(sizeMiB) }),
    ...(cacheMiB !== undefined && { cache: formatMiB(cacheMiB) }),
  }
}

function hostOf({ name: _, memoryMiB, disksMiB, nics, ...facts }: HostFacts) {
  return {
    ...facts,
    ...(memoryMiB !== undefined && { memory: formatMiB(memoryMiB) }),
    ...(disksMiB.length > 0 && { disks: disksMiB.map(formatMiB) }),
    ...(nics.length > 0 && { nics }),
  }
}

function overlayOf({ name: _, udpPort, ends: __, ...overlay }: Overlay) {
  return { ...overlay, port: udpPort }
}

function levelOf(level: Level, folder: string): object {
  return {
    switches: byName(level.switches, switchOf),
    machines: byName(level.machines, (machine) => machineOf(machine, folder)),
  }
}

function switchOf(labSwitch: LabSwitch) {
  const { kind, mtu, uplinks, portgroups } = labSwitch
  const { promiscuousScope = 'vlan', floodingGate = 'receiver', reversePathCheck = false } = labSwitch
  return {
    kind,
    mtu,
    uplinks: uplinks.flatMap((uplink) => writtenUplink(uplink) ?? []),
    ...(kind !== 'hyperv' && { promiscuousScope, reversePathCheck }),
    ...(kind !== 'standard' && { floodingGate }),
    ...(labSwitch.version !== undefined && { version: labSwitch.version }),
    ...(labSwitch.shared && { shared: true }),
    ...(labSwitch.existing && { existing: true }),
    ...(labSwitch.hosts && { hosts: labSwitch.hosts }),
    portgroups: byName(portgroups, (group) => ({
      vlan: formatVlan(group.vlan),
      ...(kind === 'hyperv' ? { macSpoofing: group.macLearning !== undefined } : policiesOf(kind, group)),
      ...(group.binding !== undefined && { binding: group.binding }),
      ...(group.hosts && { hosts: group.hosts }),
    })),
  }
}

/** Only a distributed switch has the choice not to learn. */
function policiesOf(kind: SwitchKind, { security, macLearning }: PortGroup) {
  if (!macLearning) return { security, ...(kind === 'distributed' && { macLearning: false }) }
  if (macLearning.by === 'dvfilter') return { security, macLearning: 'dvfilter' }
  const { by: _, ageingS, ...learning } = macLearning
  return { security, macLearning: { ...learning, ageingSeconds: ageingS } }
}

function machineOf(machine: Machine, folder: string): object {
  const { hypervisor } = machine
  return {
    image: imageOf(machine.image, folder),
    cpus: machine.cpus,
    memory: formatMiB(machine.memoryMiB),
    nics: machine.nics.map(({ portgroup, mac, address }, index) => ({
      portgroup,
      mac,
      ...(address && { address: `${address.ip}/${address.prefixLength}` }),
      ...(machine.traits?.nicModels?.[index] && { model: machine.traits.nicModels[index] }),
    })),
    ...traitsOf(machine.traits),
    ...(hypervisor && {
      hypervisor: {
        product: hypervisor.product,
        ...(hypervisor.version !== undefined && { version: hypervisor.version }),
        ...levelOf(hypervisor.inside, folder),
      },
    }),
  }
}

function traitsOf(traits: MachineTraits | undefined) {
  if (!traits) return {}
  const { bootDiskMiB, disks, nicModels: _, ...rest } = traits
  return {
    ...rest,
    ...(bootDiskMiB !== undefined && { bootDisk: formatMiB(bootDiskMiB) }),
    ...(disks && { disks: disks.map(({ sizeMiB, ...disk }) => ({ size: formatMiB(sizeMiB), ...disk })) }),
  }
}

function imageOf(image: ImageReference, folder: string): string | object {
  if (image.from === 'catalogue') return image.name
  if (image.from === 'url') return { url: image.url, sha256: image.sha256 }
  const inFolder = folder !== '' && image.file.startsWith(`${folder}/`)
  return { file: inFolder ? image.file.slice(folder.length + 1) : image.file, sha256: image.sha256 }
}
