/** Site `local`: the engine on this machine's QEMU, and inside every hypervisor on that one's. */
import { fileURLToPath } from 'node:url'
import type { DoctorReport } from '#cli'
import { type Engine, openEngine, type Surroundings } from '#engine'
import { openLocalHost } from '#host'
import type { ResolvedLab } from '#lab'
import type { InsideRequest, Provider } from '#providers'
import { insidePaths, insideRoots, levelPaths, sitePaths } from '#store'
import { openGuests } from './image-service.ts'
import {
  type Accelerator,
  openBridgePlane,
  openQemuProvider,
  openUserSwitchPlane,
} from './providers/qemu/index.ts'
import type { Place } from './services.ts'

/** The switch process's program: in the bundle it lies beside the chunks, otherwise it is its source. */
const switchProgram = fileURLToPath(
  import.meta.url.endsWith('.ts')
    ? new URL('./switch/live-main.ts', import.meta.url)
    : new URL('../switch.js', import.meta.url),
)

const emulated: Accelerator = { name: 'tcg', cpuModel: 'max' }
const virtualized: Accelerator = { name: 'kvm', cpuModel: 'host' }

export async function openLocalEngine(place: Place): Promise<Engine> {
  const surroundings: Surroundings = {
    roots: place.roots,
    clock: place.clock,
    guests: openGuests(place),
    openSite: (lab) => openLevel0(place, lab),
    openInside,
  }
  return openEngine(surroundings)
}

async function openLevel0({ roots }: Place, { name: lab }: ResolvedLab): Promise<Provider> {
  const level = levelPaths(roots, lab)
  const host = openLocalHost()
  return openQemuProvider({
    lab,
    host,
    roots,
    imagesFolder: sitePaths(roots).images,
    accelerator: emulated,
    network: openUserSwitchPlane({ host, lab, level, node: process.execPath, entry: switchProgram }),
    sandbox: true,
    random: Math.random,
  })
}

/** There we are root, and the kernel carries the frames. */
async function openInside({ lab, host }: InsideRequest): Promise<Provider> {
  return openQemuProvider({
    lab,
    host,
    roots: insideRoots,
    imagesFolder: insidePaths.images,
    libraryDevice: insidePaths.libraryDevice,
    accelerator: await acceleratorInside(host),
    network: openBridgePlane(host),
    sandbox: false,
    random: Math.random,
  })
}

/** A hypervisor is ready only when its /dev/kvm has run a machine; without one it emulates. */
async function acceleratorInside(host: InsideRequest['host']): Promise<Accelerator> {
  const { code } = await host.run(['test', '-c', '/dev/kvm'])
  return code === 0 ? virtualized : emulated
}

export async function examine(_place: Place, _options: unknown): Promise<DoctorReport> {
  throw new Error('not there yet')
}
