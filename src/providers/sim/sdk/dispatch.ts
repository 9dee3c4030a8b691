/** Carries one request out: who asks, what for, whether that is allowed, and what comes of it. */
import { isList, isRef, type MoRef, type VimValue } from '../../vsphere/soap/vim-value.ts'
import { answerText, faultText } from './answer.ts'
import { type CallContext, type Methods, needObject, type TaskMethods } from './call.ts'
import { cloneTasks } from './clone-calls.ts'
import { clusterCalls, clusterTasks } from './cluster-calls.ts'
import { collectorCalls } from './collector-calls.ts'
import type { SdkControls } from './controls.ts'
import { datastoreCalls, datastoreTasks } from './datastore-calls.ts'
import { distributedTasks } from './distributed-calls.ts'
import { environmentCalls } from './environment-calls.ts'
import { folderCalls, folderTasks } from './folder-calls.ts'
import { hostTasks, settingCalls } from './host-calls.ts'
import { hostNetworkCalls } from './host-network-calls.ts'
import { identityCalls, identityTasks } from './identity-calls.ts'
import { checkNotHeld, leaseCalls } from './lease-calls.ts'
import { machineCalls, machineTasks } from './machine-calls.ts'
import type { SdkOptions } from './options.ts'
import { ovfCalls } from './ovf-calls.ts'
import { poolCalls } from './pool-calls.ts'
import { powerCalls, powerTasks } from './power-calls.ts'
import { readCall, type SdkCall, spokenVersion } from './request.ts'
import { scheduleCalls } from './schedule-calls.ts'
import { allMethods } from './schema.ts'
import { asSdkFault, faults } from './sdk-fault.ts'
import { serviceCalls } from './service-calls.ts'
import type { Session, Sessions } from './session.ts'
import { snapshotCalls, snapshotTasks } from './snapshot-calls.ts'
import type { Tasks } from './tasks.ts'
import { vmfsCalls } from './vmfs-calls.ts'
import type { World } from './world.ts'

export interface SdkServerParts {
  readonly world: World
  readonly options: SdkOptions
  readonly controls: SdkControls
  readonly sessions: Sessions
  readonly tasks: Tasks
}

export interface SdkRequest {
  readonly body: string
  readonly soapAction: string | undefined
  readonly cookie: string | undefined
  readonly signal: AbortSignal
}

export interface SdkAnswer {
  readonly status: number
  readonly text: string
  readonly method?: string
  /** Of a session that has begun. */
  readonly cookie?: string
}

const calls: Methods = {
  ...serviceCalls,
  ...collectorCalls,
  ...folderCalls,
  ...poolCalls,
  ...machineCalls,
  ...powerCalls,
  ...snapshotCalls,
  ...hostNetworkCalls,
  ...datastoreCalls,
  ...vmfsCalls,
  ...identityCalls,
  ...clusterCalls,
  ...settingCalls,
  ...environmentCalls,
  ...ovfCalls,
  ...leaseCalls,
  ...scheduleCalls,
}

const tasks: TaskMethods = {
  ...folderTasks,
  ...machineTasks,
  ...powerTasks,
  ...snapshotTasks,
  ...cloneTasks,
  ...distributedTasks,
  ...datastoreTasks,
  ...hostTasks,
  ...identityTasks,
  ...clusterTasks,
}

/** Methods of the table that are refused with `NotSupported`. */
export function unsupportedMethods(): readonly string[] {
  return allMethods().filter((method) => !Object.hasOwn(calls, method) && !Object.hasOwn(tasks, method))
}

const withoutSession: ReadonlySet<string> = new Set(['RetrieveServiceContent', 'Login'])

/** What a read-only licence still answers, beside all that needs no more than the right to look. */
const harmless: ReadonlySet<string> = new Set([
  'CancelTask',
  'DestroyPropertyFilter',
  'AcquireTicket',
  'AcquireMksTicket',
  'SearchDatastore_Task',
  'SearchDatastoreSubFolders_Task',
  'SessionIsActive',
  'QueryAvailableDisksForVmfs',
  'QueryVmfsDatastoreCreateOptions',
  'FetchUserPrivilegeOnEntities',
])

export async function answered(parts: SdkServerParts, request: SdkRequest): Promise<SdkAnswer> {
  const { api } = parts.world
  const version = spokenVersion(request.soapAction, api)
  const spoken = version ?? api
  let method: string | undefined
  let cookie: string | undefined
  try {
    const call = readCall(request.body, { soapAction: request.soapAction, version })
    method = call.method
    parts.controls.calls.push(method)
    const onLogin = (session: Session) => {
      cookie = session.cookie
    }
    const result = await carriedOut(parts, call, { ...request, onLogin })
    const text = answerText(method, result, spoken)
    return { status: 200, text, method, ...(cookie !== undefined && { cookie }) }
  } catch (error) {
    return {
      status: 500,
      text: faultText(asSdkFault(error), spoken),
      ...(method !== undefined && { method }),
    }
  }
}

interface Asked {
  readonly cookie: string | undefined
  readonly signal: AbortSignal
  readonly onLogin: (session: Session) => void
}

async function carriedOut(
  parts: SdkServerParts,
  call: SdkCall,
  { cookie, signal, onLogin }: Asked,
): Promise<VimValue | undefined> {
  const { controls, sessions, world } = parts
  const session = sessions.find(cookie)
  if (session) {
    session.calls += 1
    const most = controls.callsPerSession
    if (most !== undefined && session.calls > most) sessions.end(session)
  }
  const isOpen = session && sessions.find(cookie) === session
  if (!isOpen && !withoutSession.has(call.method))
    throw faults.notAuthenticated(call.target, call.schema.privilege || 'System.View')
  const own = { ...parts, ...call, signal, onLogin, ...(isOpen && { session }) }
  const context: CallContext = {
    ...own,
    target: needObject({ ...own, target: world.need(serviceInstance) }, call.target),
  }
  checkReferences(context, call)
  checkRights(context, call)
  const ordered = controls.takeFault(call.method, false)
  if (ordered) throw ordered
  if (isWriting(call)) checkNotHeld(context.target)
  if (controls.takeIgnored(call.method)) return undefined
  const task = Object.hasOwn(tasks, call.method) ? tasks[call.method] : undefined
  if (task) return parts.tasks.start(context, task)
  const handler = Object.hasOwn(calls, call.method) ? calls[call.method] : undefined
  if (!handler) throw faults.notSupported(`${call.method} is not simulated.`)
  const result = await handler(context)
  if (isWriting(call)) world.changed()
  return result
}

const serviceInstance: MoRef = { type: 'ServiceInstance', value: 'ServiceInstance' }

/** Objects that are parameters have to be there. */
function checkReferences(context: CallContext, { method, parameters }: SdkCall): void {
  for (const value of Object.values(parameters)) {
    for (const one of isList(value) ? value : [value]) {
      if (one !== undefined && isRef(one) && method !== 'HasPrivilegeOnEntities') needObject(context, one)
    }
  }
}

function checkRights({ controls }: CallContext, call: SdkCall): void {
  const { schema, target, parameters } = call
  if (isWriting(call) && controls.licence === 'free') throw faults.restricted()
  if (schema.privilege !== '' && controls.isDenied(schema.privilege, target)) {
    throw faults.noPermission(target, schema.privilege)
  }
  for (const [name, privilege] of Object.entries(schema.on)) {
    const value = parameters[name]
    if (value !== undefined && isRef(value) && controls.isDenied(privilege, value)) {
      throw faults.noPermission(value, privilege)
    }
  }
}

function isWriting({ method, schema }: SdkCall): boolean {
  return !schema.privilege.startsWith('System.') && !harmless.has(method)
}
