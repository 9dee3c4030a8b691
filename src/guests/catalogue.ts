/** What the engine asks of the guests: images, boot orders, and the way in. */
import type { Duplex } from 'node:stream'
import type { Host } from '#host'
import type { Boot, ImageReference, Machine, ResolvedLab } from '#lab'
import type { Guest, Image, LabKeys } from './guest.ts'

export interface ImageProgress {
  readonly image: string
  /** `resolving packages`, `downloading`, `unpacking`, `packing`, … */
  readonly doing: string
  readonly doneBytes?: number
  readonly totalBytes?: number
}

export interface Guests {
  /** The image of a reference, when it is in the store and intact enough to use. */
  find(reference: ImageReference): Promise<Image | undefined>
  /** Builds, imports or downloads every image the lab needs that is not there; also the library disk. */
  provide(lab: ResolvedLab, onProgress: (progress: ImageProgress) => void, signal: AbortSignal): Promise<void>
  /** How `machine` starts. Its images must have been provided. */
  boot(lab: ResolvedLab, machine: Machine, keys: LabKeys): Promise<Boot>
  guestOf(machine: Machine): Promise<Guest>
  makeKeys(): Promise<LabKeys>
  /**
   * Gives a guest that was entered with other keys these ones: whom it lets in, and what it shows; whoever else is
   * logged in is thrown out. Fails with `guest-unfit`.
   */
  rekey(inside: Host, keys: LabKeys, signal: AbortSignal): Promise<void>
  /**
   * Tells a guest that goes on from an instant in the past the time, and gives it new randomness. One that has no shell
   * is left as it is.
   */
  settle(inside: Host, nowMs: number, signal: AbortSignal): Promise<void>
  /** Asks the guest agent behind `channel` to shut the system down. Rejects when it refuses or the signal is aborted. */
  shutDownByAgent(name: string, channel: Duplex, signal: AbortSignal): Promise<void>
  /** Opens SSH over `control` and checks the host key. Rejects while the guest does not answer. */
  enter(
    name: string,
    control: (signal?: AbortSignal) => Promise<Duplex>,
    keys: LabKeys,
    signal: AbortSignal,
  ): Promise<Host>
}
