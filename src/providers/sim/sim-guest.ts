/** What the commands of a simulated guest may know and do: the guest's own view, nothing of the park. */
import type { GuestFacts } from './guest-facts.ts'
import type { SimHardware } from './park.ts'

export interface SimGuest {
  readonly facts: GuestFacts
  readonly hardware: SimHardware
  /** Virtual time since this run of the machine began. */
  uptimeMs(): Promise<number>
  /** Returns when the system has accepted; it ends a moment later. */
  end(as: 'stopped' | 'reboot'): Promise<void>
}
