/** Asks QEMU which MAC each guest really uses and what it has set its NIC to hear, and hears of changes. */
import type { LivePortConfig } from './config.ts'
import { type OnSeen, QmpLink } from './qmp-link.ts'

/** One QMP connection for each socket, since QEMU serves one client at a time. */
export class RxFilters {
  readonly #onSeen: OnSeen
  readonly #links = new Map<string, QmpLink>()

  constructor(onSeen: OnSeen) {
    this.#onSeen = onSeen
  }

  watch(ports: readonly LivePortConfig[]): void {
    const wanted = new Map<string, Map<string, string>>()
    for (const { id, rxFilter } of ports) {
      if (!rxFilter) continue
      const nics = wanted.get(rxFilter.qmpSocket) ?? new Map<string, string>()
      wanted.set(rxFilter.qmpSocket, nics.set(rxFilter.nicId, id))
    }
    for (const [path, link] of this.#links) {
      if (wanted.has(path)) continue
      link.close()
      this.#links.delete(path)
    }
    for (const [path, nics] of wanted) {
      const link = this.#links.get(path)
      if (link) link.watch(nics)
      else this.#links.set(path, new QmpLink(path, nics, this.#onSeen))
    }
  }

  close(): void {
    this.watch([])
  }
}
