/** What `nestlab site` and `nestlab import` are handed: sites that a person has added, and what they say about themselves. */

export interface NewSite {
  readonly name: string
  readonly url: string
  readonly user: string
  /** SHA-256 of a certificate that was accepted. */
  readonly fingerprint?: string
  /** Replaces a site of that name. */
  readonly again: boolean
  /** Keeps the password in the keyring of the system. */
  readonly remember: boolean
}

export interface ListedSite {
  readonly name: string
  readonly kind: string
  readonly url: string
  readonly user: string
  readonly fingerprint?: string
  /** It knows no TLS newer than 1.1. */
  readonly allowsOldTls?: boolean
}

export interface SiteReport {
  readonly site: ListedSite
  readonly survey: SiteSurvey
  readonly hardening: readonly { readonly about: string; readonly text: string; readonly remedy: string }[]
}

interface Policy {
  readonly promiscuous: boolean
  readonly macChanges: boolean
  readonly forgedTransmits: boolean
}

/** The part of a survey that people are shown. Absent means unknown. */
export interface SiteSurvey {
  readonly server: { readonly product: string; readonly version: string; readonly apiVersion: string }
  readonly hosts: readonly {
    readonly name: string
    readonly version?: string
    readonly cpuModel?: string
    readonly generation?: string
    readonly cores?: number
    readonly threads?: number
    readonly memoryMiB?: number
    readonly memoryUsedMiB?: number
    readonly nestedSupported?: boolean
    readonly nics: readonly { readonly device: string; readonly mbits?: number }[]
    readonly standard?: readonly {
      readonly name: string
      readonly mtu?: number
      readonly portgroups: readonly {
        readonly name: string
        readonly vlan: number
        readonly policy?: Policy
      }[]
    }[]
  }[]
  readonly clusters: readonly {
    readonly name: string
    readonly drs?: boolean
    readonly ha?: boolean
    readonly evc?: string
    readonly hosts: readonly unknown[]
  }[]
  readonly distributed: readonly {
    readonly name: string
    readonly version?: string
    readonly mtu?: number
    readonly portgroups: readonly {
      readonly name: string
      readonly policy?: Policy
      readonly learning?: unknown
    }[]
  }[]
  readonly datastores: readonly {
    readonly name: string
    readonly type: string
    readonly sizeMiB?: number
    readonly freeMiB?: number
    readonly isShared?: boolean
  }[]
  readonly licences: readonly { readonly name: string; readonly total?: number; readonly used?: number }[]
  readonly unseen: readonly string[]
}

export interface SiteCommands {
  list(): Promise<readonly ListedSite[]>
  /** The certificate at its address, and whether an authority vouches for it. Nothing is sent there. */
  certificate(site: NewSite): Promise<{ readonly fingerprint: string; readonly isVouched: boolean }>
  /** Logs in, looks around, and keeps the site only when both worked. */
  add(site: NewSite, signal: AbortSignal): Promise<SiteReport>
  test(name: string, signal: AbortSignal): Promise<SiteReport>
  /** Without a value what was set is forgotten. */
  set(name: string, key: string, value: string | undefined): Promise<void>
  remove(name: string): Promise<boolean>
}
