/** The life of the switch process, from its configuration to its last answer. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import { fail } from '../errors.ts'
import { type CaptureRequest, readCaptureRequest } from './capture/request.ts'
import { CaptureSession } from './capture/session.ts'
import { type SwitchPing, switchAlive } from './client.ts'
import { checkLiveConfig, configDigest, type LiveConfig, readLiveConfig } from './config.ts'
import { ControlServer, type Handlers } from './control-server.ts'
import { holdLock, identify, removeOwnIdentity, writeIdentity } from './identity.ts'
import { log, seldom } from './log.ts'
import { Plane } from './plane.ts'
import { RxFilters } from './rx-filter.ts'

const tickMs = 1000

/** Returns once the control socket answers; the process then lives until it is asked to stop or gets SIGTERM. */
export async function runSwitch(configFile: string): Promise<void> {
  process.umask(0o077)
  const config = readLiveConfig(readFileSync(configFile, 'utf8'), configFile)
  const { lab, controlSocket } = config
  mkdirSync(dirname(controlSocket), { recursive: true, mode: 0o700 })
  const lock = await holdLock(controlSocket)
  if (!lock || (await switchAlive(controlSocket))) throw fail('switch-running', { lab, controlSocket })
  rmSync(controlSocket, { force: true })
  const process_ = new SwitchProcess(config)
  await process_.listen()
}

class SwitchProcess {
  readonly #started = performance.now()
  readonly #plane: Plane
  readonly #ticking: NodeJS.Timeout
  readonly #filters: RxFilters
  readonly #control: ControlServer
  #config: LiveConfig
  #digest: string
  #ended = false

  constructor(config: LiveConfig) {
    this.#config = config
    this.#digest = configDigest(config)
    this.#plane = new Plane(config, seldom(log), () => Math.floor(performance.now() / 1000))
    this.#ticking = setInterval(() => this.#plane.tick(), tickMs)
    this.#filters = new RxFilters((port, seen) => this.#plane.see(port, seen))
    this.#filters.watch(config.ports)
    const requests: Handlers = {
      ping: () => this.#ping(),
      stats: () => ({ uptimeMs: this.#uptimeMs(), ports: this.#plane.stats() }),
      macs: () => this.#plane.macs(),
      reload: (request) => this.#reload(request.config),
      stop: () => this.#end('was asked to stop'),
    }
    this.#control = new ControlServer(config.controlSocket, requests, {
      capture: (request) => this.#capture(readCaptureRequest(request.capture)),
    })
  }

  async listen(): Promise<void> {
    await this.#control.listen()
    const self = identify(process.pid)
    if (this.#config.pidFile && self) writeIdentity(this.#config.pidFile, self)
    process.on('SIGHUP', () => {})
    process.on('SIGTERM', () => this.#end('got SIGTERM'))
    process.on('SIGINT', () => this.#end('got SIGINT'))
    log(`switch of lab ${this.#config.lab} carries ${this.#config.ports.length} ports, pid ${process.pid}`)
  }

  #uptimeMs(): number {
    return Math.round(performance.now() - this.#started)
  }

  #ping(): SwitchPing {
    return { lab: this.#config.lab, pid: process.pid, uptimeMs: this.#uptimeMs(), digest: this.#digest }
  }

  /** The connection carries pcapng until its reader ends it. */
  #capture(asked: CaptureRequest): (socket: Socket) => void {
    return (socket) => {
      const session = new CaptureSession(asked, socket, () => this.#plane.uncapture(session))
      this.#plane.capture(session)
    }
  }

  #reload(value: unknown): void {
    const wanted = checkLiveConfig(value, 'in the request')
    for (const key of ['lab', 'controlSocket', 'pidFile'] as const) {
      if (wanted[key] === this.#config[key]) continue
      throw fail('switch-config', {
        place: 'in the request',
        at: key,
        wrong: 'cannot change while the switch runs',
      })
    }
    this.#plane.apply(wanted)
    this.#filters.watch(wanted.ports)
    this.#config = wanted
    this.#digest = configDigest(wanted)
    log(`reloaded: ${wanted.ports.length} ports`)
  }

  /** Whoever watches the socket and the pid file finds neither once the answer has come. */
  #end(why: string): void {
    if (this.#ended) return
    this.#ended = true
    log(why)
    this.#filters.close()
    clearInterval(this.#ticking)
    this.#plane.close()
    if (this.#config.pidFile) removeOwnIdentity(this.#config.pidFile)
    this.#control.close()
    // A client that never reads its answer must not keep the process.
    setTimeout(() => process.exit(0), 1000).unref()
  }
}
