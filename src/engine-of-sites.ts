/** One engine out of several: each site has its own surroundings, and a lab belongs to one site. */
import type { Engine, LabEntry, PlanOptions, RunOptions, UpOptions } from '#engine'
import type { ResolvedLab } from '#lab'

/** Opens the engine of each site; `local` also serves labs whose record cannot be read. */
export interface EnginesBySite {
  readonly local: () => Promise<Engine>
  readonly sim: () => Promise<Engine>
  /** Sites that were added; undefined for those that were not. */
  readonly added: (site: string) => Promise<Engine | undefined>
}

export class EngineOfSites implements Engine {
  readonly #open: EnginesBySite
  readonly #opened = new Map<string, Promise<Engine>>()

  constructor(open: EnginesBySite) {
    this.#open = open
  }

  async plan(lab: ResolvedLab, options: PlanOptions, signal: AbortSignal) {
    return await (await this.#ofSite(lab.site)).plan(lab, options, signal)
  }

  async up(lab: ResolvedLab, options: UpOptions) {
    return await (await this.#ofSite(lab.site)).up(lab, options)
  }

  async down(lab: string, options: RunOptions) {
    return await (await this.#ofLab(lab)).down(lab, options)
  }

  async stop(lab: string, paths: readonly string[], options: RunOptions) {
    return await (await this.#ofLab(lab)).stop(lab, paths, options)
  }

  async start(lab: string, paths: readonly string[], options: RunOptions) {
    return await (await this.#ofLab(lab)).start(lab, paths, options)
  }

  async snapshot(...asked: Parameters<Engine['snapshot']>) {
    return await (await this.#ofLab(asked[0])).snapshot(...asked)
  }

  async snapshots(lab: string) {
    return await (await this.#ofLab(lab)).snapshots(lab)
  }

  async snapshotDetails(...asked: Parameters<Engine['snapshotDetails']>) {
    return await (await this.#ofLab(asked[0])).snapshotDetails(...asked)
  }

  async removeSnapshot(...asked: Parameters<Engine['removeSnapshot']>) {
    await (await this.#ofLab(asked[0])).removeSnapshot(...asked)
  }

  async compareSnapshots(...asked: Parameters<Engine['compareSnapshots']>) {
    return await (await this.#ofLab(asked[0])).compareSnapshots(...asked)
  }

  async revert(...asked: Parameters<Engine['revert']>) {
    return await (await this.#ofLab(asked[0])).revert(...asked)
  }

  async clone(...asked: Parameters<Engine['clone']>) {
    return await (await this.#ofLab(asked[0])).clone(...asked)
  }

  async keepWarm(...asked: Parameters<Engine['keepWarm']>) {
    return await (await this.#ofLab(asked[0])).keepWarm(...asked)
  }

  /** Those of all sites lie together. */
  async warmLabs() {
    return await (await this.#ofSite('local')).warmLabs()
  }

  async dropWarm(lab: string) {
    await (await this.#ofSite('local')).dropWarm(lab)
  }

  async handOut(lab: ResolvedLab) {
    return await (await this.#ofSite(lab.site)).handOut(lab)
  }

  async takeIn(...asked: Parameters<Engine['takeIn']>) {
    return await (await this.#ofSite(asked[0].lab.site)).takeIn(...asked)
  }

  async migrate(...asked: Parameters<Engine['migrate']>) {
    return await (await this.#ofLab(asked[0])).migrate(...asked)
  }

  async failHypervisor(...asked: Parameters<Engine['failHypervisor']>) {
    return await (await this.#ofLab(asked[0])).failHypervisor(...asked)
  }

  async proposeBalance(...asked: Parameters<Engine['proposeBalance']>) {
    return await (await this.#ofLab(asked[0])).proposeBalance(...asked)
  }

  async pause(...asked: Parameters<Engine['pause']>) {
    return await (await this.#ofLab(asked[0])).pause(...asked)
  }

  async resume(...asked: Parameters<Engine['resume']>) {
    return await (await this.#ofLab(asked[0])).resume(...asked)
  }

  async status(lab: string, signal: AbortSignal) {
    return await (await this.#ofLab(lab)).status(lab, signal)
  }

  /** The records of all sites lie together. */
  async labs(): Promise<readonly LabEntry[]> {
    return await (await this.#ofSite('local')).labs()
  }

  async recorded(lab: string, snapshot?: string) {
    return await (await this.#ofLab(lab)).recorded(lab, snapshot)
  }

  async enter(lab: string, path: string, signal: AbortSignal) {
    return await (await this.#ofLab(lab)).enter(lab, path, signal)
  }

  async access(lab: string, path: string, signal: AbortSignal) {
    return await (await this.#ofLab(lab)).access(lab, path, signal)
  }

  async stats(lab: string, signal: AbortSignal) {
    return await (await this.#ofLab(lab)).stats(lab, signal)
  }

  async checkExpectations(lab: string, options: Parameters<Engine['checkExpectations']>[1]) {
    return await (await this.#ofLab(lab)).checkExpectations(lab, options)
  }

  async network(lab: string, signal: AbortSignal) {
    return await (await this.#ofLab(lab)).network(lab, signal)
  }

  async logs(lab: string, path: string, maxBytes: number, signal: AbortSignal) {
    return await (await this.#ofLab(lab)).logs(lab, path, maxBytes, signal)
  }

  /** A site that nobody serves is left to the local engine, which refuses it in its own words. */
  #ofSite(site: string): Promise<Engine> {
    const opened = this.#opened.get(site) ?? this.#openSite(site)
    this.#opened.set(site, opened)
    // A site may be there the next time.
    opened.catch(() => this.#opened.delete(site))
    return opened
  }

  async #openSite(site: string): Promise<Engine> {
    const { local, sim, added } = this.#open
    if (site === 'sim') return await sim()
    if (site === 'local' || site === '') return await local()
    return (await added(site)) ?? (await local())
  }

  async #ofLab(lab: string): Promise<Engine> {
    const entry = (await this.labs()).find((one) => one.name === lab)
    return await this.#ofSite(entry?.site ?? 'local')
  }
}
