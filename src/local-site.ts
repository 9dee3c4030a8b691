/** Site `local`: the engine on this machine's QEMU, and inside every hypervisor on that one's. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Carrier, type Engine, openEngine, type Surroundings } from '#engine'
import { openLocalHost } from '#host'
import type { Machine, ResolvedLab } from '#lab'
import type { InsideRequest, Provider } from '#providers'
import { insidePaths, insideRoots, levelPaths, makePrivateFolder, sitePaths } from '#store'
import { bridgeGaps } from '#switch'
import { openLocalGuests } from './image-service.ts'
import { kernelLacks } from './kernel-checks.ts'
import {
  type Accelerator,
  openBridgePlane,
  openQemuProvider,
  openUserSwitchPlane,
  sharedNames,
} from './providers/qemu/index.ts'
import type { Place } from './services.ts'
import { acceleratorHere, acceleratorNamed } from './this-machine.ts'
import { uplinkChecks } from './uplink-checks.ts'

/** Programs of processes: in the bundle they lie beside the chunks, otherwise they are their sources. */
const programOf = (source: string, bundled: string) =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? source : bundled, import.meta.url))
const switchProgram = programOf('./switch/live-main.ts', '../switch.js')
const uplinkProgram = programOf('./providers/qemu/uplinks/serve-main.ts', '../uplink.js')

export async function openLocalEngine(place: Place): Promise<Engine> {
  const guests = openLocalGuests(place.roots)
  const lackingUplinks = uplinkChecks(place)
  const surroundings: Surroundings = {
    roots: place.roots,
    clock: place.clock,
    guests,
    openSite: (lab, signal, carrier) => openLevel0({ place, lab, carrier }, signal),
    kernelLacks,
    openInside,
    lacking: async (machine, lab) =>
      lackingInside(machine.hypervisor) ?? (await lackingUplinks(machine, lab)),
    switchGaps: (one, hypervisor) => ((hypervisor?.product ?? 'kvm') === 'kvm' ? bridgeGaps(one) : []),
    memoryAvailableMiB,
  }
  return openEngine(surroundings)
}

/** What remains when the image is there: only the inside of a KVM node has a provider. */
function lackingInside(hypervisor: Machine['hypervisor']): string | undefined {
  if (!hypervisor || hypervisor.product === 'kvm') return undefined
  return `This version of Nestlab has no provider for ${hypervisor.product}: it can neither install it nor bring up machines inside it.`
}

/** What the kernel could give without swapping (proc(5), MemAvailable). */
export async function memoryAvailableMiB(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8')
  return Math.floor(Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024)
}

interface Level0 {
  readonly place: Place
  readonly lab: ResolvedLab
  readonly carrier: Carrier
}

async function openLevel0(
  { place, lab: { name: lab }, carrier }: Level0,
  signal: AbortSignal,
): Promise<Provider> {
  const { roots } = place
  const level = levelPaths(roots, lab)
  const host = openLocalHost()
  // In a place that others may write to, somebody else could have made it first.
  await makePrivateFolder(roots.run)
  return openQemuProvider({
    lab,
    host,
    roots,
    imagesFolder: sitePaths(roots).images,
    accelerator: await acceleratorHere(place, signal),
    network:
      carrier === 'kernel'
        ? openBridgePlane({
            host,
            level,
            names: sharedNames(lab, level.state),
            vhost: existsSync(vhostDevice),
          })
        : openUserSwitchPlane({
            host,
            lab,
            level,
            roots,
            node: process.execPath,
            entry: switchProgram,
            uplinkEntry: uplinkProgram,
          }),
    sandbox: true,
    random: Math.random,
    // Taps have features that the writer of a machine's memory would need taps for as well.
    ...(carrier === 'process' && { nowMs: place.clock.nowMs }),
  })
}

/** Where the kernel moves the frames of taps by itself (QEMU's vhost). */
const vhostDevice = '/dev/vhost-net'

/** There we are root, and the kernel carries the frames. */
async function openInside({ lab, host }: InsideRequest): Promise<Provider> {
  return openQemuProvider({
    lab,
    host,
    roots: insideRoots,
    imagesFolder: insidePaths.images,
    libraryDevice: insidePaths.libraryDevice,
    accelerator: await acceleratorInside(host),
    network: openBridgePlane({ host, level: levelPaths(insideRoots, lab) }),
    sandbox: false,
    random: Math.random,
  })
}

/** A hypervisor notes what its own proof came to when it boots. */
async function acceleratorInside(host: InsideRequest['host']): Promise<Accelerator> {
  const note = await host.readFile(insidePaths.accelerator)
  return acceleratorNamed(new TextDecoder().decode(note).trim())
}
