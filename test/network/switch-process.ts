/** One switch process that carries all switches of many labs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type LiveConfig, type SwitchControl, startSwitch, stopSwitch } from '#switch'
import type { Desk } from './guest.ts'
import type { LiveLab } from './live-lab.ts'
import { Wire } from './wire.ts'

type Part = Pick<LiveConfig, 'switches' | 'ports' | 'uplinks'>

const waitLimitMs = 60_000
const echoMac = '02:00:00:00:00:0e'

/** Looks again after each turn of the event loop; a condition that never comes fails by name. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + waitLimitMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await turn()
  }
}

export class SwitchProcess {
  readonly folder: string
  readonly #control: SwitchControl
  readonly #config: LiveConfig
  readonly #sounding: Sounding

  private constructor(
    config: LiveConfig,
    control: SwitchControl,
    own: { folder: string; sounding: Sounding },
  ) {
    this.#config = config
    this.#control = control
    this.folder = own.folder
    this.#sounding = own.sounding
  }

  static async start(): Promise<SwitchProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'nestlab-random-'))
    const sounding = await Sounding.lay(folder)
    const config = { lab: 'random', controlSocket: join(folder, 'control'), pidFile: join(folder, 'pid') }
    const launch = {
      config: { ...config, ...sounding.part },
      configFile: join(folder, 'switch.json'),
      logFile: join(folder, 'switch.log'),
      node: process.execPath,
      entry: fileURLToPath(new URL('../../src/switch/live-main.ts', import.meta.url)),
    }
    const control = await startSwitch(launch)
    return new SwitchProcess(launch.config, control, { folder, sounding })
  }

  /** Puts these labs in force. `forgetting` empties the tables of all switches. */
  async carry(labs: readonly LiveLab[], forgetting = false): Promise<void> {
    const parts = [...labs.map((lab) => lab.config(forgetting)), this.#sounding.part]
    await this.#control.reload({
      ...this.#config,
      switches: parts.flatMap(({ switches }) => switches),
      ports: parts.flatMap(({ ports }) => ports),
      uplinks: parts.flatMap(({ uplinks }) => uplinks),
    })
  }

  async allConnected(): Promise<void> {
    await until('all ports are connected', async () => {
      const { ports } = await this.#control.stats()
      return ports.every(({ connected }) => connected)
    })
  }

  /** Returns when every frame that was sent before has gone as far as it goes; `heard` counts frames that arrive. */
  async quiet(heard: () => number): Promise<void> {
    for (let still = 0, before = heard(); still < 2; ) {
      await this.#sounding.thereAndBack()
      still = heard() === before ? still + 1 : 0
      before = heard()
    }
  }

  /** Lets guests answer what they have heard, until nobody has anything left to say. */
  async settled(labs: readonly LiveLab[], outbox: Desk['outbox']): Promise<void> {
    do {
      for (const answer of outbox.splice(0)) answer()
      await this.quiet(() => labs.reduce((sum, { heard }) => sum + heard, 0))
    } while (outbox.length > 0)
  }

  async end(): Promise<void> {
    this.#control.close()
    await stopSwitch(this.#config)
    this.#sounding.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/**
 * A switch of two ports in the same process. What a process reads from one socket after it was written there, it reads
 * after all that was written to others before, or in the same turn.
 */
class Sounding {
  readonly part: Part
  readonly #wires: readonly [Wire, Wire]
  #returned = () => {}

  private constructor(wires: readonly [Wire, Wire]) {
    this.#wires = wires
    const [here, there] = wires
    here.onFrame = () => this.#returned()
    there.onFrame = (frame) => there.send(frame)
    const security = { promiscuous: 'accept', forgedTransmits: 'accept', macChanges: 'accept' } as const
    const portgroups = [{ name: 'all', vlan: { mode: 'none' }, security } as const]
    this.part = {
      switches: [{ name: 'sounding', kind: 'standard', mtu: 1500, uplinks: [], portgroups }],
      ports: wires.map(({ path }, at) => ({
        id: `sounding:nic${at}`,
        switchName: 'sounding',
        portgroup: 'all',
        initialMac: `02:00:00:00:00:0${at}`,
        socket: path,
      })),
      uplinks: [],
    }
  }

  static async lay(folder: string): Promise<Sounding> {
    const paths = ['sounding-here', 'sounding-there'].map((name) => join(folder, name))
    const [here, there] = await Promise.all(paths.map((path) => Wire.listen(path)))
    if (!here || !there) throw new Error('two wires were laid')
    return new Sounding([here, there])
  }

  async thereAndBack(): Promise<void> {
    const { promise: returned, resolve, reject } = Promise.withResolvers<void>()
    this.#returned = resolve
    const frame = Buffer.alloc(60)
    frame.set(Buffer.from('ffffffffffff', 'hex'))
    frame.set(Buffer.from(echoMac.replaceAll(':', ''), 'hex'), 6)
    this.#wires[0].send(frame)
    // Nothing is done meanwhile: the switch may need the processor.
    const inVain = () => reject(new Error('waited in vain until the sounding returns'))
    const limit = setTimeout(inVain, waitLimitMs)
    await returned
    clearTimeout(limit)
    await turn()
  }

  close(): void {
    for (const wire of this.#wires) wire.close()
  }
}
