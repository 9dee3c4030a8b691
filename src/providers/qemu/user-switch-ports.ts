/** The ports of level 0: what the switch process can do with them while it runs. */
import type { Duplex } from 'node:stream'
import type { LevelPaths } from '#store'
import { type LiveConfig, openCapture, perfectLink, SwitchControl } from '#switch'
import type { ImpairedPort, PortCapture, SwitchMacs } from '../network.ts'
import type { ImpairmentChange, PortTools, Wiring } from './plane.ts'

type Apply = (all: readonly ImpairedPort[], wiring: Wiring, signal: AbortSignal) => Promise<void>

export class UserSwitchPorts implements PortTools {
  readonly seeds = true
  readonly #level: LevelPaths
  readonly #apply: Apply

  /** `apply` brings the switch process to a wiring with these bad links. */
  constructor(level: LevelPaths, apply: Apply) {
    this.#level = level
    this.#apply = apply
  }

  impair({ all }: ImpairmentChange, wiring: Wiring, signal: AbortSignal): Promise<void> {
    return this.#apply(all, wiring, signal)
  }

  capture(request: PortCapture): Promise<Duplex> {
    return openCapture(this.#level.switchControl, request)
  }

  async macs(): Promise<readonly SwitchMacs[]> {
    const control = await SwitchControl.connect(this.#level.switchControl)
    try {
      return await control.macs()
    } finally {
      control.close()
    }
  }
}

/** They stand in the file that the switch process reads, so that one that is started again has them too. */
export function withBadLinks(config: LiveConfig, impaired: readonly ImpairedPort[]): LiveConfig {
  const byPort = new Map(impaired.map(({ port, conditions }) => [port, conditions]))
  const ports = config.ports.map((port) => {
    const conditions = byPort.get(port.id)
    return conditions ? { ...port, impairment: { ...perfectLink, ...conditions } } : port
  })
  return { ...config, ports }
}
