/** An engine on the simulated park, with real SSH into its machines, for tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import ssh2 from 'ssh2'
import { type Engine, type EngineEvent, openEngine, type Surroundings } from '#engine'
import type { Guest, Guests } from '#guests'
import { connectSsh } from '#host'
import { type ImageReference, loadLabObject, type ResolvedLab } from '#lab'
import type { Provider } from '#providers'
import { labPaths, type Roots } from '#store'
import { fastClock, openSimInside, openSimProvider } from '../../src/providers/sim/index.ts'

/** A simulated second lasts two milliseconds. */
const simClock = fastClock(Date.now, 500)

export interface Bench {
  readonly engine: Engine
  readonly roots: Roots
  readonly surroundings: Surroundings
  readonly never: AbortSignal
}

export interface BenchOptions {
  readonly bootLimitMs?: number
  /** Changes what the engine is handed. */
  readonly change?: (surroundings: Surroundings) => Surroundings
  readonly images?: (reference: ImageReference) => string | undefined
}

export async function openBench(
  t: { after(clean: () => Promise<void>): void },
  options: BenchOptions = {},
): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-engine-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return benchIn(folder, options)
}

/** The same in a folder that is there, as another process may use it, too. */
export function benchIn(folder: string, options: BenchOptions = {}): Bench {
  const roots = { state: join(folder, 'state'), run: join(folder, 'run') }
  const simOf = (lab: ResolvedLab) => {
    return { lab: lab.name, file: labPaths(roots, lab.name).simulation, clock: simClock }
  }
  const plain: Surroundings = {
    roots,
    guests: benchGuests(options),
    clock: { nowMs: Date.now, sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}) },
    openSite: (lab): Promise<Provider> => openSimProvider(simOf(lab)),
    openInside: ({ hypervisor }, lab): Promise<Provider> => openSimInside({ ...simOf(lab), hypervisor }),
  }
  const surroundings = options.change?.(plain) ?? plain
  return { engine: openEngine(surroundings), roots, surroundings, never: new AbortController().signal }
}

/** ssh2 writes one Ed25519 key in 256 so that it cannot read it again. */
function keyPair(): { public: string; private: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}

function benchGuests({ bootLimitMs = 5000, images = imageOf }: BenchOptions): Guests {
  const guest: Guest = {
    name: 'tiny',
    bootLimitMs: { tcg: bootLimitMs, kvm: bootLimitMs },
    prove: async (machine, inside, { signal }) => {
      const { stdout } = await inside.run(['hostname'], { signal })
      const links = machine.nics.map(({ name, mac, address }) => {
        return { name, mac, addresses: address ? [`${address.ip}/${address.prefixLength}`] : [] }
      })
      return { hostname: stdout.trim(), links, uptimeSeconds: 1 }
    },
    shutDownLimitMs: 20_000,
    shutdown: async (inside, signal) => {
      await inside.run(['poweroff'], { signal })
    },
  }
  return {
    find: async (reference) => {
      const sha256 = images(reference)
      return sha256 === undefined ? undefined : { name: 'any', sha256, guest: 'tiny', files: {} }
    },
    provide: async (_lab, onProgress) => onProgress({ image: 'any', doing: 'looking' }),
    boot: async (_lab, machine, keys) => {
      const settings = [
        `hostname=${machine.name}`,
        `path=${machine.path}`,
        `authorized_key=${keys.clientPublic}`,
        `host_key=${Buffer.from(keys.hostPrivate).toString('base64')}`,
        ...machine.nics.map((nic) => `nic=${nic.name} ${nic.mac} 1500`),
      ]
      return { disks: [], settings: settings.join('\n') }
    },
    guestOf: async () => guest,
    shutDownByAgent: () => Promise.reject(new Error('simulated machines have no agent')),
    settle: async () => {},
    rekey: () => Promise.reject(new Error('simulated guests keep the keys they have')),
    makeKeys: async () => {
      const [client, host] = [keyPair(), keyPair()]
      const { private: clientPrivate, public: clientPublic } = client
      return { clientPrivate, clientPublic, hostPrivate: host.private, hostPublic: host.public }
    },
    enter: (name, control, keys, signal) =>
      connectSsh({
        name,
        stream: control,
        username: 'root',
        privateKey: keys.clientPrivate,
        hostPublicKey: keys.hostPublic,
        readyLimitMs: 10_000,
        signal,
      }),
  }
}

function imageOf(reference: ImageReference): string {
  const name = reference.from === 'catalogue' ? reference.name : reference.sha256
  return Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)
}

/** Resolves a lab as its file would be; the rest of the object is machines and switches. */
export function labOf(object: Record<string, unknown>): ResolvedLab {
  const loaded = loadLabObject(
    { nestlab: 1, site: 'sim', ...object },
    { file: '/test.lab.yaml', knownImages: ['debian-12'] },
  )
  if (!loaded.lab) throw new Error(`the test's lab is wrong: ${JSON.stringify(loaded.problems)}`)
  return loaded.lab
}

/** Collects events, and hands them on to whoever waits for one. */
export function recorder(): {
  readonly events: EngineEvent[]
  readonly onEvent: (event: EngineEvent) => void
} {
  const events: EngineEvent[] = []
  return { events, onEvent: (event) => events.push(event) }
}

/** `start-machine kvm-1`, … of the steps that were done. */
export function doneSteps(events: readonly EngineEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'step-done' ? [event.step.id] : []))
}
