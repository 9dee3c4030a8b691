/** Hosts and clusters: maintenance, connection, settings, hosts that join; custom fields and options. */
import {
  isList,
  type MoRef,
  numberAt,
  textAt,
  type VimObject,
  type VimValue,
} from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods, TaskMethods } from './call.ts'
import { checkVsan } from './cluster-calls.ts'
import { makeCluster, makeHost, mergedCluster } from './compute.ts'
import { datacenterOf } from './entity.ts'
import { powerOf, setPower } from './machine-object.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import { merged, type SimObject } from './world.ts'

export const hostTasks: TaskMethods = {
  EnterMaintenanceMode_Task: {
    run: ({ world, target }) => {
      const machines = target.refs('vm').flatMap((ref) => world.find(ref) ?? [])
      // Nobody moves them away here, so the mode waits for what never comes.
      if (machines.some((machine) => powerOf(machine) === 'poweredOn')) {
        throw new SdkFault('Timedout', 'Operation timed out.')
      }
      setRuntime(target, { inMaintenanceMode: true })
      return undefined
    },
  },
  ExitMaintenanceMode_Task: {
    run: ({ target }) => {
      if (target.object('runtime').inMaintenanceMode !== true) throw faults.state()
      setRuntime(target, { inMaintenanceMode: false })
      return undefined
    },
  },
  ShutdownHost_Task: {
    run: ({ world, target, parameters, options }) => {
      const isIdle = target.object('runtime').inMaintenanceMode === true
      if (parameters.force !== true && !isIdle) throw faults.state()
      for (const ref of target.refs('vm')) {
        const machine = world.find(ref)
        if (machine && powerOf(machine) === 'poweredOn') setPower(world, machine, 'poweredOff')
      }
      setRuntime(target, { powerState: 'poweredOff', connectionState: 'notResponding' })
      options.onShutdown?.(target.name)
      return undefined
    },
  },
  DisconnectHost_Task: {
    run: ({ world, target }) => {
      if (!world.isVCenter) throw faults.notSupported()
      setRuntime(target, { connectionState: 'disconnected' })
      return undefined
    },
  },
  ReconnectHost_Task: {
    run: ({ world, target }) => {
      if (!world.isVCenter) throw faults.notSupported()
      if (target.object('runtime').connectionState === 'connected') throw faults.state()
      setRuntime(target, { connectionState: 'connected' })
      return undefined
    },
  },
  ReconfigureComputeResource_Task: {
    run: ({ world, target, parameters }) => {
      const specification = parameters.spec as VimObject
      const isCluster = target.ref.type === 'ClusterComputeResource'
      if (isCluster !== (specification.$type === 'ClusterConfigSpecEx')) throw faults.argument('spec')
      if (isCluster) checkVsan(world, target, specification)
      target.set('configurationEx', mergedCluster(target.object('configurationEx'), specification))
      return undefined
    },
  },
  AddHost_Task: { run: (context) => join(context, context.target) },
  AddStandaloneHost_Task: {
    run: (context) => {
      const { world, target, parameters } = context
      const types = target.get('childType')
      if (!world.isVCenter || !isList(types) || !types.includes('ComputeResource'))
        throw faults.notSupported()
      const name = textAt(parameters, 'spec', 'hostName') ?? ''
      checkCredentials(context)
      return join(context, makeCluster(world, { name, parent: target }))
    },
  },
}

function setRuntime(host: SimObject, changes: VimObject): void {
  host.set('runtime', merged(host.object('runtime'), changes))
}

/** Throws what a real vCenter answers to a host that it cannot take. */
function checkCredentials({ world, options, parameters }: CallContext): string {
  const specification = parameters.spec as VimObject
  const name = textAt(specification, 'hostName') ?? ''
  const spare = options.spareHosts?.find((one) => one.name === name)
  if (world.all('HostSystem').some((host) => host.name === name))
    throw faults.duplicate(name, world.rootFolder)
  if (!spare) throw new SdkFault('NoHost', `The host '${name}' cannot be reached.`, { name })
  if (specification.sslThumbprint !== spare.thumbprint) {
    const shown = { selfSigned: true, thumbprint: spare.thumbprint }
    throw new SdkFault('SSLVerifyFault', 'Authenticity of the host’s SSL certificate is not verified.', shown)
  }
  const isRight = specification.userName === spare.user && specification.password === spare.password
  if (!isRight) throw faults.invalidLogin()
  return name
}

function join(context: CallContext, compute: SimObject): MoRef {
  const { world, options } = context
  const name = checkCredentials(context)
  const networkFolder = world.need(datacenterOf(world, compute).ref1('networkFolder') as MoRef)
  const host = makeHost(world, { name, compute, networkFolder, inventory: options.inventory ?? {} })
  if (context.parameters.asConnected === false) setRuntime(host, { connectionState: 'disconnected' })
  return compute.ref.type === 'ComputeResource' ? compute.ref : host.ref
}

export const settingCalls: Methods = {
  AddCustomFieldDef: ({ target, parameters }) => {
    const fields = fieldsOf(target)
    const name = textAt(parameters, 'name') ?? ''
    const moType = textAt(parameters, 'moType')
    const taken = fields.find(
      (one) => one.name === name && (one.managedObjectType ?? moType) === (moType ?? one.managedObjectType),
    )
    if (taken) throw faults.duplicate(name, target.ref)
    if (name === '') throw faults.badName(name)
    const key = Math.max(100, ...fields.map((one) => numberAt(one, 'key') ?? 0)) + 1
    const field = {
      $type: 'CustomFieldDef',
      key,
      name,
      type: 'string',
      ...(moType !== undefined && { managedObjectType: moType }),
    }
    target.set('field', [...fields, field])
    return field
  },
  RemoveCustomFieldDef: ({ world, target, parameters }) => {
    const fields = fieldsOf(target)
    const left = fields.filter(({ key }) => key !== parameters.key)
    if (left.length === fields.length) throw faults.argument('key')
    target.set('field', left)
    for (const entity of world.all('ManagedEntity')) dropValue(entity, parameters.key)
    return undefined
  },
  SetField: ({ world, target, parameters }) => {
    const entity = world.need(parameters.entity as MoRef)
    const field = fieldsOf(target).find(({ key }) => key === parameters.key)
    const kind = field?.managedObjectType
    if (!field || (kind !== undefined && kind !== entity.ref.type)) throw faults.argument('key')
    dropValue(entity, parameters.key)
    const value = { $type: 'CustomFieldStringValue', key: field.key, value: parameters.value }
    for (const property of ['customValue', 'value']) {
      entity.set(property, [...valuesOf(entity, property), value as VimObject])
    }
    return undefined
  },
  QueryOptions: ({ target, parameters }) => {
    const prefix = textAt(parameters, 'name')
    const found = optionsOf(target).filter(
      ({ key }) =>
        prefix === undefined || key === prefix || (prefix.endsWith('.') && String(key).startsWith(prefix)),
    )
    if (prefix !== undefined && found.length === 0) throw faults.badName(prefix)
    return found
  },
  UpdateOptions: ({ target, parameters }) => {
    let options = optionsOf(target)
    for (const { key, value } of parameters.changedValue as readonly VimObject[]) {
      const option = options.find((one) => one.key === key)
      if (!option) throw faults.badName(String(key))
      if (value === undefined || widthOf(value) !== widthOf(option.value)) throw faults.argument('value')
      options = options.map((one) => (one === option ? { ...one, value } : one))
    }
    target.set('setting', options)
    return undefined
  },
}

/** `xsd:long`, `string`, … */
function widthOf(value: VimValue | undefined): string {
  const width = textAt(value, '$as')
  return width ?? typeof value
}

const listOfObjects = (object: SimObject, property: string) =>
  (object.get(property) as readonly VimObject[] | undefined) ?? []
const fieldsOf = (manager: SimObject) => listOfObjects(manager, 'field')
const optionsOf = (manager: SimObject) => listOfObjects(manager, 'setting')
const valuesOf = listOfObjects

function dropValue(entity: SimObject, key: unknown): void {
  for (const property of ['customValue', 'value']) {
    entity.set(
      property,
      valuesOf(entity, property).filter((one) => one.key !== key),
    )
  }
}
