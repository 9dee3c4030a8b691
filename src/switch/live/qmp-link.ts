/** Watches the NICs of one machine through a QEMU control socket of its own. */
import { connect, type Socket } from 'node:net'
import { Lines } from './lines.ts'
import type { SeenNic } from './port.ts'
import { macsInNetworkInfo, nicOf, type RxFilterAnswer } from './rx-answer.ts'

const retryMs = 1000
/** A guest that changes its filter all the time is asked at most this often. */
const askAgainMs = 100
/** NICs that tell of no change are asked this often. */
const pollMs = 1000
const longestAnswerBytes = 1_048_576

/** Undefined when QEMU does not say, or can no longer be asked. */
export type OnSeen = (portId: string, seen: SeenNic | undefined) => void

/** Ids of questions that are not about one NIC; a NIC's question has its id behind `nicMark`. */
const capabilities = 'capabilities'
const network = 'network'
const nicMark = 'nic '

export class QmpLink {
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
  /** NICs without a receive filter that could be asked for. */
  readonly #mute = new Set<string>()
  #poll: NodeJS.Timeout | undefined

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
    this.#stopAsking()
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
    this.#stopAsking()
    if (this.#closed) return
    if (this.#ready) for (const port of this.#nics.values()) this.#onSeen(port, undefined)
    this.#ready = false
    this.#retry = setTimeout(() => this.#dial(), retryMs)
  }

  #hear(message: QmpMessage): void {
    if (message.QMP) this.#say({ execute: 'qmp_capabilities', id: capabilities })
    else if (message.event === 'NIC_RX_FILTER_CHANGED') this.#askSoon(String(message.data?.name))
    else if (message.id === capabilities && message.return) {
      this.#ready = true
      for (const nic of this.#nics.keys()) this.#ask(nic)
    } else if (message.id === network) this.#listed(message)
    else if (message.id?.startsWith(nicMark)) this.#answered(message.id.slice(nicMark.length), message)
  }

  #answered(nic: string, message: QmpMessage): void {
    const port = this.#nics.get(nic)
    if (port === undefined) return
    if (message.error) {
      this.#mute.add(nic)
      this.#poll ??= setInterval(() => this.#askNetwork(), pollMs)
      this.#askNetwork()
      return
    }
    this.#mute.delete(nic)
    this.#onSeen(port, nicOf(Array.isArray(message.return) ? message.return[0] : undefined))
  }

  #listed({ return: text }: QmpMessage): void {
    const macs = macsInNetworkInfo(typeof text === 'string' ? text : '')
    for (const nic of this.#mute) {
      const [port, mac] = [this.#nics.get(nic), macs.get(nic)]
      if (port === undefined) this.#mute.delete(nic)
      else
        this.#onSeen(port, mac === undefined ? undefined : { mac, promiscuous: 'unknown', multicast: 'all' })
    }
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
    this.#say({ execute: 'query-rx-filter', arguments: { name: nic }, id: `${nicMark}${nic}` })
  }

  #askNetwork(): void {
    if (this.#mute.size === 0) return
    const command = { 'command-line': 'info network' }
    this.#say({ execute: 'human-monitor-command', arguments: command, id: network })
  }

  #say(command: object): void {
    this.#socket?.write(`${JSON.stringify(command)}\n`)
  }

  #stopAsking(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer)
    this.#waiting.clear()
    clearInterval(this.#poll)
    this.#poll = undefined
    this.#mute.clear()
  }
}

/** The parts of QMP that matter here. */
interface QmpMessage {
  readonly QMP?: object
  readonly event?: string
  readonly data?: { readonly name?: unknown }
  readonly id?: string
  readonly return?: string | object | readonly RxFilterAnswer[]
  readonly error?: object
}
