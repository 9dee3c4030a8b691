/** Which machines of a server are meant: those of a folder, of a cluster, or of certain names. */
import { nameOf } from '../probe/reading.ts'
import type { SurveyedCluster } from '../probe/survey.ts'
import type { ObjectProperties } from '../soap/properties.ts'
import { type MoRef, refAt } from '../soap/vim-value.ts'
import { fail } from './errors.ts'

export interface Scope {
  /** `DC/vm/labs`, or the last parts of that. */
  readonly folder?: string
  readonly cluster?: string
  /** Names of machines; `*` stands for any letters. */
  readonly machines?: readonly string[]
}

export function isEverything({ folder, cluster, machines }: Scope): boolean {
  return folder === undefined && cluster === undefined && machines === undefined
}

/** Folders, data centres and what holds hosts, by reference. */
export class Places {
  readonly #places: ReadonlyMap<
    string,
    { readonly name: string; readonly parent?: MoRef; readonly ref: MoRef }
  >

  constructor(objects: readonly ObjectProperties[]) {
    this.#places = new Map(
      objects.map(({ ref, properties }) => {
        const parent = refAt({ parent: properties.get('parent') }, 'parent')
        return [ref.value, { ref, name: nameOf(properties), ...(parent && { parent }) }]
      }),
    )
  }

  /** Outwards, itself first. */
  around(ref: MoRef | undefined): readonly MoRef[] {
    const found: MoRef[] = []
    for (let one = ref && this.#places.get(ref.value); one; ) {
      found.push(one.ref)
      one = one.parent && found.length < 100 ? this.#places.get(one.parent.value) : undefined
    }
    return found
  }

  datacenter(ref: MoRef | undefined): string | undefined {
    const found = this.around(ref).find(({ type }) => type === 'Datacenter')
    return found && this.#places.get(found.value)?.name
  }

  /** `DC0/vm/labs`; the root of everything has no part in it. */
  path(ref: MoRef): string {
    const names = this.around(ref).map(({ value }) => this.#places.get(value)?.name ?? '')
    return names.slice(0, -1).reverse().join('/')
  }

  folder(wanted: string, site: string): MoRef {
    const text = wanted.replace(/^\/+|\/+$/g, '')
    const all = [...this.#places.values()]
      .filter(({ ref }) => ref.type === 'Folder' || ref.type === 'Datacenter')
      .map(({ ref }) => ({ ref, path: this.path(ref) }))
    const exact = all.filter(({ path }) => path === text)
    const found = exact.length > 0 ? exact : all.filter(({ path }) => path.endsWith(`/${text}`))
    const [only, ...others] = found
    if (!only || text === '') throw fail('import-nothing', { what: 'folder', name: wanted, site })
    if (others.length > 0) {
      const paths = found.slice(0, 5).map(({ path }) => path)
      throw fail('import-ambiguous', { what: 'folder', name: wanted, found: paths })
    }
    return only.ref
  }
}

export interface Candidate {
  readonly ref: MoRef
  readonly name: string
  readonly parent?: MoRef
  readonly host?: MoRef
}

/** Fails when something is named that is not there. */
export function chosen(
  candidates: readonly Candidate[],
  scope: Scope,
  seen: { readonly places: Places; readonly clusters: readonly SurveyedCluster[]; readonly site: string },
): readonly Candidate[] {
  const { places, site } = seen
  const folder = scope.folder === undefined ? undefined : places.folder(scope.folder, site)
  const cluster = seen.clusters.find(({ name }) => name === scope.cluster)
  if (scope.cluster !== undefined && !cluster)
    throw fail('import-nothing', { what: 'cluster', name: scope.cluster, site })
  const hosts = new Set(cluster?.hosts.map(({ value }) => value))
  const inside = candidates.filter(({ parent, host }) => {
    if (cluster && !hosts.has(host?.value ?? '')) return false
    return !folder || places.around(parent).some(({ value }) => value === folder.value)
  })
  if (scope.machines === undefined) return inside
  const named = scope.machines.map((name) => ({ name, pattern: patternOf(name) }))
  for (const { name, pattern } of named) {
    if (!inside.some((one) => pattern.test(one.name)))
      throw fail('import-nothing', { what: 'machine', name, site })
  }
  return inside.filter((one) => named.some(({ pattern }) => pattern.test(one.name)))
}

function patternOf(name: string): RegExp {
  const escaped = name.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 'isu')
}
