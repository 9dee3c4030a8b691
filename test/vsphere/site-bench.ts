/** The engine on a site of vSphere that is a simulator, for tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '#engine'
import { type LoadOptions, loadLab, loadLabObject, type ResolvedLab } from '#lab'
import { makePrivateFolder, type Roots, type VsphereSite } from '#store'
import { openVsphereEngine } from '../../src/vsphere-site.ts'
import { connectTo } from './provider-bench.ts'
import { govc, type Vcsim } from './vcsim.ts'

export const siteName = 'sim-center'
export const nestedPassword = 'secret-Password-of-nested-hosts!'

export interface SiteBench {
  readonly engine: Engine
  readonly roots: Roots
  readonly site: VsphereSite
}

export interface SiteWish {
  readonly vcsim: Vcsim
  readonly folder: string
  readonly site?: Partial<VsphereSite>
  /** The simulators that stand for nested hosts, by their addresses. */
  readonly nested?: readonly Vcsim[]
  readonly onCall?: (method: string) => void
  /** What every nested host shows. */
  readonly thumbprint?: string
  /** Time that machines get to count as up. */
  readonly bootLimitMs?: number
}

export async function openSiteBench(wish: SiteWish): Promise<SiteBench> {
  const { vcsim, folder, nested = [], onCall, bootLimitMs } = wish
  const roots = { state: join(folder, 'state'), run: join(folder, 'run') }
  await makePrivateFolder(roots.state)
  const site: VsphereSite = {
    name: siteName,
    kind: 'vsphere',
    url: vcsim.url.href,
    user: vcsim.user,
    emptyDisks: true,
    proof: 'power',
    clusters: 'create',
    nested: { user: 'root' },
    ...wish.site,
  }
  const place = {
    roots,
    clock: {
      nowMs: Date.now,
      sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal ? { signal } : {}),
    },
  }
  const engine = openVsphereEngine(place, site, {
    site: () => connectTo(vcsim, onCall),
    nested: async (url) => {
      const host = nested.find((one) => one.url.href === url.href)
      if (!host) throw new Error(`nobody answers at ${url.href}`)
      return await connectTo(host)
    },
    nestedPassword: async () => nestedPassword,
    thumbprint: async () => wish.thumbprint,
    ...(bootLimitMs !== undefined && { bootLimitMs }),
  })
  return { engine, roots, site }
}

export async function folderFor(t: { after(clean: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-vsphere-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const sites = new Map([[siteName, 'vsphere' as const]])

export function labOn(
  source: Uint8Array | Record<string, unknown>,
  more: Partial<LoadOptions> = {},
): ResolvedLab {
  const options = { file: '/test.lab.yaml', site: siteName, sites, ...more }
  const loaded =
    source instanceof Uint8Array
      ? loadLab(source, options)
      : loadLabObject({ nestlab: 1, ...source }, options)
  if (loaded.lab) return loaded.lab
  throw new Error(`the lab of the test is wrong: ${JSON.stringify(loaded.problems)}`)
}

/** Everything that the server has, as its other client lists it, with settings of hosts' networks. */
export async function inventoryOf(vcsim: Vcsim): Promise<readonly string[]> {
  const found = await govc(vcsim, 'find', '/')
  const hosts = (await govc(vcsim, 'find', '/', '-type', 'h')).split('\n').filter(Boolean)
  const networks: string[] = []
  for (const host of hosts) {
    networks.push(`${host}: ${await govc(vcsim, 'host.portgroup.info', '-json', '-host', host)}`)
    networks.push(`${host}: ${await govc(vcsim, 'host.vswitch.info', '-json', '-host', host)}`)
  }
  // The simulator forgets the port group of the uplinks when a distributed switch goes.
  const things = found.split('\n').filter((line) => line !== '' && !line.includes('-DVUplinks-'))
  return [...things.sort(), ...networks]
}
