/** Loads the rooms that a verb needs, when it needs them, and fits them to what the command line asks for. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabFiles, LoadedLab, Services } from '#cli'
import type { Clock, Engine } from '#engine'
import type { Roots } from '#store'
import type { PasswordSources } from './site-passwords.ts'

export interface Place {
  readonly roots: Roots
  readonly clock: Clock
}

const clock: Clock = {
  nowMs: Date.now,
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
}

/** `ask`: how a person is asked for a password. */
export function makeServices(
  environment: NodeJS.ProcessEnv,
  ask: (question: string) => Promise<string>,
): Services {
  // Even the list of paths is loaded late: with its room come the parsers of lab files.
  const placed = async (): Promise<Place> => ({
    roots: (await import('#store')).rootsFrom(environment),
    clock,
  })
  let engine: Promise<Engine> | undefined
  const openEngine = () => {
    engine ??= placed().then((place) => openEngineOfSites(place, { environment, ask }))
    return engine
  }
  return {
    nowMs: () => performance.now(),
    engine: openEngine,
    classes: async () => {
      const { openLocalClasses } = await import('./class-service.ts')
      engine ??= placed().then((place) => openEngineOfSites(place, { environment, ask }))
      return openLocalClasses(await placed(), await engine)
    },
    seatSecret: async (seat) => environment.NESTLAB_SEAT_PASSWORD ?? (await ask(`What opens seat ${seat}: `)),
    labFiles: async () => await openLabFiles(await placed()),
    images: async () => (await import('./image-service.ts')).openLocalGuests((await placed()).roots).images,
    doctor: async (options) => (await import('./this-machine.ts')).examine(await placed(), options),
    tunnelKeys: async () => (await import('./tunnel-keys.ts')).openTunnelKeys((await placed()).roots),
    sites: async () => {
      const { openSites } = await import('./vsphere-sites.ts')
      return openSites({ roots: (await placed()).roots, environment, ask })
    },
    imports: async () =>
      (await import('./vsphere-import.ts')).openImports({ roots: (await placed()).roots, environment, ask }),
    blueprints: async () => {
      const { openBlueprints } = await import('./blueprint-service.ts')
      return openBlueprints({ roots: (await placed()).roots, environment, ask, engine: openEngine })
    },
    esxi: async () =>
      (await import('./esxi-service.ts')).openEsxi({ roots: (await placed()).roots, environment }),
    nestedTrust: async () => (await import('./vsphere-trust.ts')).openNestedTrust((await placed()).roots),
    tracing: async () => await import('#trace'),
    hardware: async () => (await import('./hardware-advice.ts')).openHardware(),
    sizing: async () => (await import('./sizing-service.ts')).openSizing(),
    labFixes: async () => (await import('./lab-fixes.ts')).openLabFixes((await placed()).roots),
    ruleChecks: async () => (await import('./rule-checks.ts')).openRuleChecks((await placed()).roots),
    schema: async () => JSON.parse((await import('#lab')).labSchemaJson()),
    explainDrop: async () => (await import('./drop-words.ts')).explain,
  }
}

async function openEngineOfSites(place: Place, passwords: PasswordSources): Promise<Engine> {
  const { EngineOfSites } = await import('./engine-of-sites.ts')
  return new EngineOfSites({
    local: async () => (await import('./local-site.ts')).openLocalEngine(place),
    sim: async () => (await import('./simulated-site.ts')).openSimulatedEngine(place),
    added: async (site) => (await import('./vsphere-access.ts')).openAddedSite(place, site, passwords),
  })
}

async function openLabFiles({ roots }: Place): Promise<LabFiles> {
  const [lab, store] = await Promise.all([import('#lab'), import('#store')])
  const { imageNames } = await import('#guests')
  return {
    load: async (file, site): Promise<LoadedLab> => {
      const knownImages = await imageNames(store.sitePaths(roots).images)
      const sites = new Map((await store.readSites(roots)).map(({ name, kind }) => [name, kind]))
      const read = await store.readLabFile(file, { knownImages, sites, ...(site !== undefined && { site }) })
      return { ...read, render: (color) => lab.renderProblems(read.problems, read.source, { color }) }
    },
    draw: lab.showTree,
    resolved: lab.resolvedYaml,
  }
}
