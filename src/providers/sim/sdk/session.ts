/** Who is logged in, and what belongs to a session: collectors, filters, views and the pages that are still to come. */
import type { MoRef, VimObject } from '../../vsphere/soap/vim-value.ts'
import { newUuid, SimObject } from './world.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** What a filter has told so far, by object and path. */
export interface Filter {
  readonly ref: MoRef
  readonly specification: VimObject
  told: ReadonlyMap<string, string>
}

export class Collector {
  readonly filters = new Map<string, Filter>()
  /** Of the last update that was told. */
  version = 0
  /** Ends the wait that goes on, if any. */
  cancel: (() => void) | undefined
}

export class Session {
  readonly cookie = newUuid()
  readonly key = newUuid()
  readonly user: string
  readonly loginTime: string
  calls = 0
  readonly objects = new Map<string, SimObject>()
  readonly collectors = new Map<string, Collector>()
  /** Pages that were promised, by their tokens. */
  readonly pages = new Map<string, () => VimObject>()

  constructor(user: string, loginTime: string) {
    this.user = user
    this.loginTime = loginTime
  }

  /** An object that ends with the session. */
  make(type: string): SimObject {
    const object = new SimObject({ type, value: `session[${this.key}]${newUuid()}` })
    this.objects.set(object.ref.value, object)
    return object
  }

  /** The collector that everybody has, or one of this session's own. */
  collectorOf(ref: MoRef): Collector {
    const known = this.collectors.get(ref.value)
    if (known) return known
    const collector = new Collector()
    this.collectors.set(ref.value, collector)
    return collector
  }

  end(): void {
    for (const collector of this.collectors.values()) collector.cancel?.()
  }

  description(): VimObject {
    return {
      $type: 'UserSession',
      key: this.key,
      userName: this.user,
      fullName: this.user,
      loginTime: this.loginTime,
      lastActiveTime: this.loginTime,
      locale: 'en',
      messageLocale: 'en',
      extensionSession: false,
      ipAddress: '127.0.0.1',
      userAgent: '',
      callCount: this.calls,
    }
  }
}

export class Sessions {
  readonly #open = new Map<string, Session>()

  start(user: string, loginTime: string): Session {
    const session = new Session(user, loginTime)
    this.#open.set(session.cookie, session)
    return session
  }

  find(cookie: string | undefined): Session | undefined {
    return cookie === undefined ? undefined : this.#open.get(cookie)
  }

  all(): readonly Session[] {
    return [...this.#open.values()]
  }

  end(session: Session): void {
    this.#open.delete(session.cookie)
    session.end()
  }

  endAll(): void {
    for (const session of this.all()) this.end(session)
  }
}
