/** The calls that a step would make, a line each, for people: made by the functions that make the calls. */
import type { LabSwitch, Machine } from '#lab'
import type { ClusterOrder, PlannedWork } from '../provider.ts'
import { describeBootDisk } from './boot-disk.ts'
import { describeServices } from './cluster-services.ts'
import { clusterSpecOf, refuseCluster } from './clusters.ts'
import { settingsBeside, withProperties } from './deployed.ts'
import { describeDatastore, describeDatastoreDrop } from './describe-datastore.ts'
import { line } from './describe-text.ts'
import { distributedGroupSpecOf, distributedSpecOf } from './distributed-specs.ts'
import { drivesFor } from './drives.ts'
import { describeIdentity } from './host-identity.ts'
import { nicsFor, readHostNetworks } from './host-network.ts'
import { importParametersOf } from './import-package.ts'
import { machineSpecOf } from './machine-spec.ts'
import { containerNameOf, machineNameOf, networkNameOf, serverSwitchOf } from './names.ts'
import { contentOf, whereFrom } from './packages.ts'
import { portgroupSpecOf, refuseUnfit, switchSpecOf } from './policies.ts'
import { busesOf, cloneSpecOf, preparedFor } from './prepared.ts'
import { recordedSwitch } from './record.ts'
import { describeSchedule } from './schedules.ts'
import { listAt, textAt, type VimObject } from './soap/vim-value.ts'
import { hasSwitch, partsOf } from './switch-hosts.ts'
import type { Level } from './switches.ts'

export async function describeWork(
  on: Level,
  work: PlannedWork,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (work.do === 'put-switch') return await describeSwitch(on, work.wanted, signal)
  if (work.do === 'create-machine') return await describeMachine(on, work.machine, signal)
  if (work.do === 'put-identity') return await describeIdentity(on, signal)
  if (work.do === 'put-schedule') return describeSchedule(on, work.machine)
  if (work.do === 'put-cluster') return describeCluster(on, work.order)
  if (work.do === 'drop-cluster')
    return [line('Destroy_Task', `${containerNameOf(on.level.lab)}/${work.name}`)]
  if (work.do === 'put-datastore') return await describeDatastore(on, work.datastore, signal)
  if (work.do === 'drop-datastore') return await describeDatastoreDrop(on, work.name, signal)
  const { level, place } = on
  const name = machineNameOf(level.lab, work.name, place.isVCenter)
  if (work.do === 'start-machine') return [line('PowerOnVM_Task', name)]
  if (work.do === 'stop-machine') return [line('ShutdownGuest', name), line('PowerOffVM_Task', name)]
  if (work.do === 'remove-machine') return [line('PowerOffVM_Task', name), line('Destroy_Task', name)]
  return await describeDrop(on, work.name, signal)
}

async function describeSwitch(on: Level, one: LabSwitch, signal: AbortSignal): Promise<readonly string[]> {
  const { level, place } = on
  const { lab, connection } = level
  refuseUnfit(one)
  const partOf = partsOf(one, place)
  const networks = (await readHostNetworks(level, place, signal)).filter(({ host }) => partOf(host))
  if (one.kind === 'distributed') {
    const members = networks.map((network) => ({
      host: network.host.ref,
      nics: nicsFor(one.uplinks, network, level.hypervisor),
    }))
    const groups = one.portgroups.map((group) =>
      distributedGroupSpecOf(lab, { one, group, api: connection.api }),
    )
    return [
      ...(one.existing
        ? []
        : [line('CreateDVS_Task', serverSwitchOf(lab, one), distributedSpecOf(lab, one, members))]),
      ...groups.map((spec) => line('AddDVPortgroup_Task', String(spec.name), spec)),
    ]
  }
  return networks.flatMap((network) => {
    const spec = switchSpecOf(one, nicsFor(one.uplinks, network, level.hypervisor))
    const on = (name: string) => `${name} on ${network.host.name}`
    return [
      ...(one.existing ? [] : [line('AddVirtualSwitch', on(serverSwitchOf(lab, one)), spec)]),
      ...(partOf(network.host) ?? one).portgroups.map((group) =>
        line('AddPortGroup', on(networkNameOf(lab, group.name)), portgroupSpecOf(lab, one, group)),
      ),
    ]
  })
}

function describeCluster(on: Level, { cluster, members }: Omit<ClusterOrder, 'digest'>): readonly string[] {
  refuseCluster(on, cluster)
  const where = `${containerNameOf(on.level.lab)}/${cluster.name}`
  const joins = members.map(({ path }) => line('AddHost_Task', `${path} to ${where}`))
  const { before, after } = describeServices(on.level, cluster, { where, members })
  const first = { ...cluster, ha: cluster.ha && !cluster.vsan }
  return [
    line('CreateClusterEx', where, clusterSpecOf(first)),
    ...before.map((call) => line(...call)),
    ...joins,
    ...after.map((call) => line(...call)),
  ]
}

/** Networks are named as they will be; those of distributed switches have no keys yet. */
async function describeMachine(on: Level, machine: Machine, signal: AbortSignal): Promise<readonly string[]> {
  const { level, place } = on
  const source = level.sourceOf(machine) ?? { kind: 'empty' as const }
  const versions = place.hosts.map(({ version }) => version)
  const prepared = source.kind === 'template' ? await preparedFor(on, { machine, source }, signal) : undefined
  await using content = await contentOf(on, { machine, source, signal, skipsSums: true })
  const disk = source.kind === 'disk' ? await describeBootDisk(on, { machine, source }, signal) : undefined
  const spec = machineSpecOf({
    level,
    machine,
    source,
    bootDisk: disk?.bootDisk,
    hardware: level.hardwareOf(machine, versions),
    digest: '',
    settings: '',
    plugged: machine.nics.map(({ portgroup }) => ({
      kind: 'standard',
      network: networkNameOf(level.lab, portgroup),
    })),
    datastore: storeFor(on),
    datastores: new Map(),
    drives: await drivesFor(on, { machine, source }, signal),
    buses: prepared && busesOf(prepared),
    hasFolders: place.isVCenter,
  })
  const folder = place.isVCenter ? `${containerNameOf(level.lab)}/` : ''
  const where = `${folder}${String(spec.name)}`
  if (content) {
    const asked = importParametersOf(on, { machine, content, host: undefined }, undefined)
    return [
      line('CreateImportSpec', `${where} from ${whereFrom(source)}`, withoutValues(asked)),
      line('ImportVApp', where),
      ...content.files.map(({ name, sizeBytes }) => line('PUT', `${name}, ${sizeBytes} bytes`)),
      line('HttpNfcLeaseComplete', where),
      line('ReconfigVM_Task', where, withProperties(spec, settingsBeside(on, content))),
    ]
  }
  if (source.kind !== 'template' || !prepared)
    return [...(disk?.calls ?? []), line('CreateVM_Task', where, spec)]
  const { snapshot } = prepared
  const from = snapshot ? `${source.name}, linked to its snapshot ${snapshot.name}` : source.name
  const location = { datastore: storeFor(on) }
  return [line('CloneVM_Task', `${where} from ${from}`, cloneSpecOf(prepared, spec, location))]
}

/** Where it will be; the lab's own may be made only before it. */
function storeFor({ level, place }: Level): string {
  const [own] = level.stores?.values() ?? []
  return own ?? place.datastore.name
}

/** Values of properties may be secrets. */
function withoutValues(asked: VimObject): VimObject {
  const keys = listAt(asked, 'propertyMapping').map((one) => textAt(one, 'key') ?? '')
  return { ...asked, propertyMapping: keys }
}

async function describeDrop({ level, place, record }: Level, name: string, signal: AbortSignal) {
  const noted = (await record.switches(signal)).get(name)
  if (!noted) return []
  const called = serverSwitchOf(level.lab, recordedSwitch(name, noted))
  if (noted.isExisting) return [line('RemovePortGroup', `those of the lab on ${called}`)]
  if (noted.kind === 'distributed') return [line('Destroy_Task', called)]
  return place.hosts
    .filter((host) => hasSwitch(noted, host.name))
    .map((host) => line('RemoveVirtualSwitch', `${called} on ${host.name}`))
}
