/** The uplinks of level 0's switches: brings what serves them to what is wanted, and tells whether it runs. */
import type { Failure } from '#failure'
import type { Host } from '#host'
import type { LabSwitch } from '#lab'
import {
  checkSocketPath,
  type LevelPaths,
  type Roots,
  sitePaths,
  type UplinkPaths,
  uplinkPaths,
  uplinkPathsOf,
} from '#store'
import { uplinkPortOf } from '#switch'
import { runScript } from '../script.ts'
import { checkScript, downScript, type Program, type ServedUplink, upScript } from './launch.ts'
import { lookAtUplinks, runsWhole, type SeenUplinks } from './look.ts'
import { tapOf } from './nic-script.ts'
import { whyNot } from './refusals.ts'

export interface UplinkPlace {
  readonly host: Host
  readonly roots: Roots
  readonly level: LevelPaths
  readonly program: Program
}

/** Two processes, each with the time that its start may take. */
const startLimitMs = 120_000

interface Wanted {
  readonly uplink: ServedUplink
  readonly paths: UplinkPaths
  readonly switchName: string
  readonly id: string
  /** One line of JSON. */
  readonly record: string
}

/** Where the switch process finds an uplink; fits the switch room's `LiveUplinkConfig`. */
export interface UplinkSocket {
  readonly switchName: string
  readonly uplink: string
  readonly socket: string
}

export class Uplinks {
  readonly #place: UplinkPlace

  constructor(place: UplinkPlace) {
    this.#place = place
  }

  /** Where they are, or will be. */
  sockets(switches: readonly LabSwitch[]): readonly UplinkSocket[] {
    return this.#wanted(switches).map(({ switchName, id, paths }) => ({
      switchName,
      uplink: id,
      socket: paths.socket,
    }))
  }

  /**
   * Ends what no switch wants (any more) and starts what `changed` lacks; what is right is left alone, and what
   * other switches lack is their own step.
   */
  async apply(switches: readonly LabSwitch[], changed: LabSwitch, signal: AbortSignal): Promise<void> {
    const wanted = this.#wanted(switches)
    const seen = await this.#look(signal)
    for (const [folder, { record }] of seen.uplinks) {
      const same = wanted.some((one) => one.paths.folder === folder && one.record === record)
      if (!same) await this.#end(uplinkPathsOf(this.#place.level, folder), signal)
    }
    for (const one of wanted.filter(({ switchName }) => switchName === changed.name)) {
      const there = seen.uplinks.get(one.paths.folder)
      if (there?.record !== one.record || !runsWhole(one.uplink, there)) await this.#start(one, seen, signal)
    }
  }

  /** Why an uplink of the switch could not be connected, found out without changing anything. */
  async lacking(labSwitch: LabSwitch, signal: AbortSignal): Promise<Failure | undefined> {
    const { taps } = await this.#look(signal)
    for (const { uplink, paths } of this.#wanted([labSwitch])) {
      if (uplink.kind === 'nat' || (uplink.kind === 'nic' && taps.has(uplink.name))) continue
      const { code, stderr } = await this.#place.host.run(['sh', '-s'], {
        stdin: `set -eu\n${checkScript(uplink, { paths, keyFile: this.#keyFile(uplink) })}\n`,
        signal,
      })
      const why = code === 0 ? undefined : whyNot(uplink, stderr)
      if (why) return why
    }
    return undefined
  }

  /** Names of the switches whose uplinks are not all served. */
  async broken(switches: readonly LabSwitch[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const wanted = this.#wanted(switches)
    if (wanted.length === 0) return new Set()
    const { uplinks } = await this.#look(signal)
    const failing = wanted.filter(({ uplink, paths, record }) => {
      const there = uplinks.get(paths.folder)
      return there?.record !== record || !runsWhole(uplink, there)
    })
    return new Set(failing.map(({ switchName }) => switchName))
  }

  /** Ends all of them. Says what they were, in words for people. */
  async clear(signal: AbortSignal): Promise<readonly string[]> {
    const { uplinks } = await this.#look(signal)
    for (const folder of uplinks.keys()) await this.#end(uplinkPathsOf(this.#place.level, folder), signal)
    return uplinks.size === 0 ? [] : [`what served ${uplinks.size} uplink${uplinks.size === 1 ? '' : 's'}`]
  }

  #wanted(switches: readonly LabSwitch[]): readonly Wanted[] {
    return switches.flatMap(({ name: switchName, uplinks }) =>
      uplinks.flatMap((uplink): Wanted[] => {
        if (uplink.kind === 'overlay') return []
        const { id } = uplinkPortOf(uplink)
        const paths = uplinkPaths(this.#place.level, switchName, id)
        const record = JSON.stringify({ version: 1, switchName, uplink })
        return [{ uplink, paths, switchName, id, record }]
      }),
    )
  }

  async #start({ uplink, paths, record, id }: Wanted, seen: SeenUplinks, signal: AbortSignal): Promise<void> {
    const { host, program } = this.#place
    for (const path of [paths.socket, paths.natSocket]) checkSocketPath(path)
    const keyFile = this.#keyFile(uplink)
    const tap = uplink.kind === 'nic' && seen.taps.has(uplink.name) ? uplink.name : tapOf(paths)
    const script = upScript(uplink, { paths, wanted: `${record}\n`, keyFile, tap, program })
    const explain = (stderr: string) => whyNot(uplink, stderr)
    await runScript(host, script, {
      doing: `connect the uplink ${id}`,
      signal,
      limitMs: startLimitMs,
      explain,
    })
  }

  async #end(paths: UplinkPaths, signal: AbortSignal): Promise<void> {
    await runScript(this.#place.host, downScript(paths), { doing: 'take an uplink away', signal })
  }

  #keyFile(uplink: ServedUplink): string {
    return uplink.kind === 'tunnel' ? sitePaths(this.#place.roots).tunnelKey(uplink.name) : ''
  }

  #look(signal: AbortSignal): Promise<SeenUplinks> {
    return lookAtUplinks(this.#place.host, this.#place.level, signal)
  }
}
