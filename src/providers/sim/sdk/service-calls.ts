/** The service itself: what it is, who is logged in, what time it is. */
import { type MoRef, textAt } from '../../vsphere/soap/vim-value.ts'
import { type CallContext, type Methods, sessionOf } from './call.ts'
import { childrenOf } from './entity.ts'
import { isObjectKind } from './schema.ts'
import { faults } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

export const serviceCalls: Methods = {
  RetrieveServiceContent: ({ world }) => world.content,
  CurrentTime: ({ world }) => world.timestamp(),
  Login: (context) => {
    const { options, parameters, sessions, session, world } = context
    const isRight = parameters.userName === options.user && parameters.password === options.password
    // Who is logged in already is refused, too.
    if (!isRight || session) throw faults.invalidLogin()
    const fresh = sessions.start(options.user, world.timestamp())
    context.onLogin(fresh)
    return fresh.description()
  },
  Logout: (context) => {
    context.sessions.end(sessionOf(context))
    return undefined
  },
  SessionIsActive: ({ sessions, parameters }) =>
    sessions.all().some(({ key, user }) => key === parameters.sessionID && user === parameters.userName),
  CancelTask: ({ tasks, target }) => {
    tasks.cancel(target.ref)
    return undefined
  },
  CreateContainerView: createView,
  DestroyView: (context) => {
    const { objects } = sessionOf(context)
    if (!objects.delete(context.target.ref.value)) throw faults.gone(context.target.ref)
    return undefined
  },
  FindChild: ({ world, parameters }) => {
    const parent = world.need(parameters.entity as MoRef)
    return childrenOf(world, parent).find(({ name }) => name === parameters.name)?.ref
  },
  FindByInventoryPath: ({ world, parameters }) => {
    const steps = (textAt(parameters, 'inventoryPath') ?? '').split('/').filter((step) => step !== '')
    let found: SimObject | undefined = world.need(world.rootFolder)
    for (const step of steps) {
      const parent: SimObject | undefined = found
      found = parent && childrenOf(world, parent).find(({ name }) => name === step)
    }
    return found?.ref
  },
  FindByUuid: ({ world, parameters }) => {
    const field = parameters.instanceUuid === true ? 'instanceUuid' : 'uuid'
    const uuid = textAt(parameters, 'uuid')?.toLowerCase()
    if (parameters.vmSearch === true) {
      return world.all('VirtualMachine').find((machine) => machine.object('config')[field] === uuid)?.ref
    }
    return world.all('HostSystem').find((host) => textAt(host.get('summary'), 'hardware', 'uuid') === uuid)
      ?.ref
  },
  HasPrivilegeOnEntities: ({ controls, parameters }) =>
    refsOf(parameters.entity).map((entity) => ({
      entity,
      privAvailability: textsOf(parameters.privId).map((privId) => ({
        privId,
        isGranted: !controls.isDenied(privId, entity),
      })),
    })),
  FetchUserPrivilegeOnEntities: ({ controls, parameters }) =>
    refsOf(parameters.entities).map((entity) => ({
      entity,
      privileges: commonPrivileges.filter((privilege) => !controls.isDenied(privilege, entity)),
    })),
}

/** Of an administrator, as far as anybody asks for them here. */
const commonPrivileges = [
  'System.Anonymous',
  'System.View',
  'System.Read',
  'Folder.Create',
  'Folder.Delete',
  'VirtualMachine.Inventory.Create',
  'VirtualMachine.Inventory.Delete',
  'VirtualMachine.Interact.PowerOn',
  'VirtualMachine.Interact.PowerOff',
  'Resource.AssignVMToPool',
  'Resource.CreatePool',
  'Host.Config.Network',
  'Network.Assign',
  'DVSwitch.Create',
  'DVPortgroup.Create',
  'Datastore.AllocateSpace',
  'Global.ManageCustomFields',
  'Global.SetCustomField',
]

const refsOf = (value: unknown) => (Array.isArray(value) ? (value as readonly MoRef[]) : [])
const textsOf = (value: unknown) => (Array.isArray(value) ? (value as readonly string[]) : [])

function createView(context: CallContext): MoRef {
  const { world, parameters } = context
  const container = world.need(parameters.container as MoRef)
  const kinds = ['Folder', 'Datacenter', 'ComputeResource', 'ResourcePool', 'HostSystem']
  if (!kinds.some((kind) => isObjectKind(container.ref.type, kind))) throw faults.argument('container')
  const types = textsOf(parameters.type)
  if (!types.every((type) => isObjectKind(type, 'ManagedEntity'))) throw faults.argument('type')
  const view = sessionOf(context).make('ContainerView')
  view.set('container', container.ref)
  view.set('type', types)
  view.set('recursive', parameters.recursive === true)
  view.view('view', () =>
    contained(world, container, parameters.recursive === true)
      .filter(({ ref }) => types.length === 0 || types.some((type) => isObjectKind(ref.type, type)))
      .map(({ ref }) => ref),
  )
  return view.ref
}

/** Everything below, each once. */
function contained(world: World, container: SimObject, isDeep: boolean): readonly SimObject[] {
  const found = new Set<SimObject>()
  const add = (object: SimObject) => {
    for (const child of childrenOf(world, object)) {
      if (found.has(child)) continue
      found.add(child)
      if (isDeep) add(child)
    }
  }
  add(container)
  return [...found]
}
