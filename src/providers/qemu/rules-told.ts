/** Remembers what scripts were told about a bridge, to find out whether the last one to run knew everything. */
import type { BridgePlan } from '#switch'

export class RulesTold {
  readonly #plans = new Map<string, Set<string>>()
  #underWay = 0

  /** A script was made that brings the bridge to this plan. */
  told(switchName: string, { ports, uplinks }: BridgePlan): void {
    const known = this.#plans.get(switchName) ?? new Set()
    known.add(JSON.stringify([ports, uplinks]))
    this.#plans.set(switchName, known)
  }

  /** The script of one machine is about to run. */
  begin(): void {
    this.#underWay++
  }

  /** One of them has run. Names the switches of which scripts said different things since none was under way. */
  settle(): readonly string[] {
    this.#underWay = Math.max(0, this.#underWay - 1)
    const unsure = [...this.#plans].filter(([, plans]) => plans.size > 1).map(([name]) => name)
    if (this.#underWay === 0) this.#plans.clear()
    return unsure
  }
}
