/** The contract of a place where commands run: this machine, one behind SSH, or the inside of a guest. */
import type { Duplex, Readable } from 'node:stream'

export interface Finished {
  /** Exit code; a process ended by a signal has 128 + its number, as in a shell. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array
  /** After this the process is ended and the call fails. Default 60 000. */
  readonly limitMs?: number
  readonly signal?: AbortSignal
}

/** A running interactive command; `stream` carries its stdin and stdout (with a terminal, stderr too). */
export interface Session {
  readonly stream: Duplex
  /** Only without a terminal. May be left unread: what nobody reads is dropped beyond 1 MiB. */
  readonly stderr?: Readable
  resize(columns: number, rows: number): void
  /** Settles when the command ended; never rejects before `stream` has closed. */
  readonly exitCode: Promise<number>
}

export interface SessionOptions {
  /** Present = allocate a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number; readonly type: string }
  readonly signal?: AbortSignal
}

export type Endpoint = { readonly unix: string } | { readonly tcpPort: number }

/**
 * Calls may overlap. A lost connection rejects every call under way with a `Failure` of code `host-lost`;
 * the object is then of no further use. Paths are absolute, in the host's own file system.
 */
export interface Host {
  /** For people: `this machine`, `kvm-1`. */
  readonly name: string
  /**
   * Runs a program without a shell. A non-zero exit is an answer, not an error. Rejects with `cannot-start`,
   * `took-too-long`, `output-too-large` (above 16 MiB), or the reason of the signal; what it started is killed then.
   * Resolves when its stdout and stderr have ended: what it leaves behind must have let go of them.
   */
  run(argv: readonly string[], options?: RunOptions): Promise<Finished>
  open(argv: readonly string[], options?: SessionOptions): Promise<Session>
  /** Rejects with code `no-such-file` when there is none; refuses files above 256 MiB. */
  readFile(path: string): Promise<Uint8Array>
  /** The last bytes of a file; empty when there is none. */
  readTail(path: string, maxBytes: number): Promise<string>
  /** Whole or not at all (written beside, then renamed). `mode` defaults to 0o600. Makes parent folders. */
  writeFile(path: string, content: string | Uint8Array, mode?: number): Promise<void>
  /** Removes a file or a whole folder; nothing there is fine. */
  remove(path: string): Promise<void>
  /** Connects to a socket on the host, TCP only on its loopback address. */
  connect(endpoint: Endpoint, signal?: AbortSignal): Promise<Duplex>
  close(): Promise<void>
}
