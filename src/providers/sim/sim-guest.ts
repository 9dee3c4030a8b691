/** What the programs of a simulated guest may know and do: the guest's own view, nothing of the park. */
import type { GuestFacts } from './guest-facts.ts'
import type { SimHardware } from './park.ts'
import type { PingAnswer, PingWish } from './ping.ts'

/** Paths are absolute and without `.` or `..`. A text that comes back says why it could not be done. */
export interface GuestFiles {
  kind(path: string): Promise<'file' | 'folder' | undefined>
  read(path: string): Promise<Buffer | undefined>
  list(folder: string): Promise<readonly string[]>
  write(path: string, content: string | Uint8Array): Promise<string | undefined>
  makeFolder(path: string): Promise<string | undefined>
  /** Also what is inside; nothing there is fine. */
  remove(path: string): Promise<string | undefined>
}

export interface SimGuest {
  readonly facts: GuestFacts
  readonly hardware: SimHardware
  readonly files: GuestFiles
  /** What was printed on the serial console since power-on. */
  consoleText(): string
  /** Virtual time since this run of the machine began. */
  uptimeMs(): number
  sleep(virtualMs: number, signal: AbortSignal): Promise<void>
  ping(wish: PingWish): Promise<PingAnswer>
  /** Returns when the system has accepted; it ends a moment later. */
  end(as: 'stopped' | 'reboot'): Promise<void>
}
