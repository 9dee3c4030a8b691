/** What a method is told when it is called. */
import type { MoRef, VimObject, VimValue } from '../../vsphere/soap/vim-value.ts'
import type { SdkControls } from './controls.ts'
import type { SdkOptions } from './options.ts'
import { faults } from './sdk-fault.ts'
import type { Session, Sessions } from './session.ts'
import type { Tasks } from './tasks.ts'
import type { SimObject, World } from './world.ts'

export interface CallContext {
  readonly world: World
  readonly options: SdkOptions
  readonly controls: SdkControls
  readonly sessions: Sessions
  readonly tasks: Tasks
  readonly method: string
  readonly target: SimObject
  readonly parameters: VimObject
  readonly version: string
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** Absent for the few methods that need none. */
  readonly session?: Session
  /** Called by `Login`: the cookie goes out with the answer. */
  readonly onLogin: (session: Session) => void
}

/** Changes the world at once. Throws faults. */
export type Method = (context: CallContext) => VimValue | undefined | Promise<VimValue | undefined>

/** Carried out when its task ends; what it throws is the task's error. */
export interface TaskMethod {
  /** Refused before there is a task. */
  readonly check?: (context: CallContext) => void
  readonly run: (context: CallContext) => VimValue | undefined
}

export type Methods = Readonly<Record<string, Method>>
export type TaskMethods = Readonly<Record<string, TaskMethod>>

export function sessionOf({ session, target }: CallContext): Session {
  if (session) return session
  throw faults.notAuthenticated(target.ref, 'System.View')
}

/** An object of the server or of the session. Throws `ManagedObjectNotFound`. */
export function needObject({ world, session }: CallContext, ref: MoRef): SimObject {
  const own = session?.objects.get(ref.value)
  if (own && own.ref.type === ref.type) return own
  return world.need(ref)
}
