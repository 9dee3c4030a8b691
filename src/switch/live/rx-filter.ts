/** Asks QEMU which MAC each guest really uses and whether it has set its NIC promiscuous, and hears of changes. */
import { connect, type Socket } from 'node:net'
import { isMac } from '../mac.ts'
import type { LivePortConfig } from './config.ts'
import { Lines } from './lines.ts'
import type { SeenNic } from './port.ts'

const retryMs = 1000
/** A guest that changes its filter all the time is asked at most this often. */
const askAgainMs = 100
const longestAnswerBytes = 1_048_576

/** Undefined when QEMU does not say, or can no longer be asked. */
export type OnSeen = (portId: string, seen: SeenNic | undefined) => void

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

class QmpLink {
  readonly #path: string
  readonly #onSeen: OnSeen
  /** QEMU's NIC id → our port's id. */
  #nics: ReadonlyMap<string, string>
  #socket: Socket | undefined
  #ready = false
  #closed = false
  #retry: NodeJS.Timeout | undefined
  readonly #askedAt = new Map<string, number>()
  readonly #waiting = new Map<string, NodeJS.Timeout>()

  constructor(path: string, nics: ReadonlyMap<string, string>, onSeen: OnSeen) {
    this.#path = path
    this.#nics = nics
    this.#onSeen = onSeen
    this.#dial()
  }

  watch(nics: ReadonlyMap<string, string>): void {
    const added = [...nics].filter(([nic, port]) => this.#nics.get(nic) !== port)
    this.#nics = nics
    if (this.#ready) for (const [nic] of added) this.#ask(nic)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#stopWaiting()
    this.#socket?.destroy()
  }

  #dial(): void {
    const lines = new Lines(longestAnswerBytes)
    const socket = connect({ path: this.#path })
    this.#socket = socket
    socket.on('data', (chunk) => {
      try {
        for (const line of lines.push(chunk)) this.#hear(JSON.parse(line))
      } catch {
        socket.destroy()
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#lost())
  }

  #lost(): void {
    this.#stopWaiting()
    if (this.#closed) return
    if (this.#ready) for (const port of this.#nics.values()) this.#onSeen(port, undefined)
    this.#ready = false
    this.#retry = setTimeout(() => this.#dial(), retryMs)
  }

  #hear(message: QmpMessage): void {
    if (message.QMP) this.#say({ execute: 'qmp_capabilities', id: '' })
    else if (message.event === 'NIC_RX_FILTER_CHANGED') this.#askSoon(String(message.data?.name))
    else if (message.id === '' && message.return) {
      this.#ready = true
      for (const nic of this.#nics.keys()) this.#ask(nic)
    } else if (message.id !== undefined) this.#answered(message.id, message)
  }

  #answered(nic: string, message: QmpMessage): void {
    const port = this.#nics.get(nic)
    if (port === undefined) return
    const filter = Array.isArray(message.return) ? message.return[0] : undefined
    const mac = filter?.['main-mac']
    const known = mac !== undefined && isMac(mac)
    this.#onSeen(
      port,
      known
        ? { mac: mac.toLowerCase(), promiscuous: filter?.promiscuous !== false, multicast: 'all' }
        : undefined,
    )
  }

  /** The event is armed again only by the question, so that none is missed by asking late. */
  #askSoon(nic: string): void {
    if (!this.#nics.has(nic) || this.#waiting.has(nic)) return
    const dueIn = (this.#askedAt.get(nic) ?? 0) + askAgainMs - performance.now()
    const later = () => {
      this.#waiting.delete(nic)
      this.#ask(nic)
    }
    this.#waiting.set(nic, setTimeout(later, Math.max(0, dueIn)))
  }

  #ask(nic: string): void {
    this.#askedAt.set(nic, performance.now())
    this.#say({ execute: 'query-rx-filter', arguments: { name: nic }, id: nic })
  }

  #say(command: object): void {
    this.#socket?.write(`${JSON.stringify(command)}\n`)
  }

  #stopWaiting(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
  }
}

/** The parts of QMP that matter here. */
interface QmpMessage {
  readonly QMP?: object
  readonly event?: string
  readonly data?: { readonly name?: unknown }
  readonly id?: string
  readonly return?: object | readonly { readonly 'main-mac'?: string; readonly promiscuous?: boolean }[]
}
