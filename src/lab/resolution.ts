/** What is collected while a lab is resolved: findings, keys without effect, NICs still to be decided. */
import type { ImageReference, PendingKey } from './model.ts'
import type { NicWish } from './nic-wishes.ts'
import { type Finding, formatPath, type Path } from './problem.ts'
import type { NatDraft } from './resolve-uplink.ts'
import type { Templates } from './templates.ts'

export interface ResolveOptions {
  /** Absolute folder of the lab file; files of images lie in it. */
  readonly folder: string
  /** Catalogue names that can be used, beside the well-known ones. */
  readonly knownImages: readonly string[]
  /** The site that was asked for, whatever the file says. */
  readonly site?: string | undefined
  /** Sites that were added, and of which kind they are. */
  readonly sites: KnownSites
}

export type SiteKind = 'local' | 'sim' | 'vsphere' | 'unknown'

/** By name; `local` and `sim` are always there. */
export type KnownSites = ReadonlyMap<string, 'vsphere'>

export interface Resolution {
  readonly lab: string
  /** What can be put into effect depends on where the lab runs; `unknown` for a site that nobody has added. */
  readonly siteKind: SiteKind
  readonly options: ResolveOptions
  /** Those that can be used; the others have been reported. */
  readonly templates: Templates
  readonly templateNames: ReadonlySet<string>
  readonly findings: Finding[]
  readonly wishes: NicWish[]
  readonly nats: NatDraft[]
  /** Names of tunnels. */
  readonly tunnels: Set<string>
  /** Machines under the name of the key that made them, so that others can refer to all of a `count`. */
  readonly groups: Map<string, string[]>
  /** Switches of the file by owner and name: `kvm-1 br0`, and ` vSwitch0` on level 0. */
  readonly switchPlaces: Map<string, { readonly path: Path; readonly mtuGiven: boolean }>
  readonly pending: Map<string, { text: string; machines?: Set<string> }>
  machines: number
  /** Machines named by clusters and the like. */
  members: number
}

export function newResolution(
  lab: string,
  templates: { readonly usable: Templates; readonly names: ReadonlySet<string> },
  options: ResolveOptions & { readonly siteKind: SiteKind },
): Resolution {
  return {
    lab,
    siteKind: options.siteKind,
    options,
    templates: templates.usable,
    templateNames: templates.names,
    findings: [],
    wishes: [],
    nats: [],
    tunnels: new Set(),
    groups: new Map(),
    switchPlaces: new Map(),
    pending: new Map(),
    machines: 0,
    members: 0,
  }
}

/** Notes a key that this version understands but cannot put into effect; without `machines` for the whole lab. */
export function addPending(
  resolution: Resolution,
  path: Path,
  pending: { readonly text: string; readonly machines?: readonly string[] },
): void {
  const at = formatPath(path)
  const known = resolution.pending.get(at)
  if (!known) {
    const machines = pending.machines && { machines: new Set(pending.machines) }
    resolution.pending.set(at, { text: pending.text, ...machines })
    return
  }
  for (const machine of pending.machines ?? []) known.machines?.add(machine)
}

export function pendingKeys(resolution: Resolution): readonly PendingKey[] {
  return [...resolution.pending].map(([at, { text, machines }]) => ({
    at,
    text,
    ...(machines && { machines: [...machines] }),
  }))
}

export function imageName(image: ImageReference): string {
  if (image.from === 'catalogue') return image.name
  return image.from === 'file' ? (image.file.split('/').at(-1) ?? image.file) : image.url
}
