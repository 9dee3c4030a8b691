/** Waits until the site itself counts a guest as up, and a hypervisor can be driven by its own interface. */
import type { GuestReport, Guests } from '#guests'
import type { Machine } from '#lab'
import type { SeenGuest } from '#providers'
import { isChangedHost, isRefusedLogin } from './changed-host.ts'
import type { Clock } from './contract.ts'
import { fail } from './errors.ts'
import type { LevelWatch } from './level-watch.ts'
import type { Reach } from './reach.ts'

const askAgainMs = 1000

export interface SiteProof {
  readonly reach: Reach
  readonly watch: LevelWatch
  readonly guests: Guests
  readonly clock: Clock
}

export type AskSite = (machine: Machine, signal: AbortSignal) => Promise<SeenGuest | undefined>

/** Fails with `guest-silent` or `machine-died`. */
export async function provenBySite(
  machine: Machine,
  { ask, signal }: { readonly ask: AskSite; readonly signal: AbortSignal },
  { reach, watch, guests, clock }: SiteProof,
): Promise<GuestReport> {
  const { path } = machine
  const beganMs = clock.nowMs()
  const attempt = { last: 'its site does not count it as up' }
  const over = new AbortController()
  const within = AbortSignal.any([signal, over.signal])
  const died = async (gone: string) =>
    fail('machine-died', { path: gone, afterMs: clock.nowMs() - beganMs, console: undefined })
  const tooLate = async () => {
    const limitMs = (await guests.guestOf(machine)).bootLimitMs.kvm * machine.level
    await clock.sleep(limitMs, within)
    throw fail('guest-silent', { path, limitMs, last: attempt.last, console: '' })
  }
  const whenUp = async () => {
    for (;;) {
      const seen = await ask(machine, within)
      if (seen && (await isOpen(machine, reach, attempt))) return reportOf(machine, seen)
      await clock.sleep(askAgainMs, within)
    }
  }
  try {
    return await Promise.race([whenUp(), watch.untilGone(path, died, within), tooLate()])
  } finally {
    over.abort()
  }
}

/** A hypervisor that is up can be looked into; one that is left alone need not. */
async function isOpen(machine: Machine, reach: Reach, attempt: { last: string }): Promise<boolean> {
  if (!machine.hypervisor || reach.leavesInside(machine) !== undefined) return true
  try {
    await reach.level(machine.path)
    return true
  } catch (error) {
    if (isChangedHost(error) || isRefusedLogin(error)) throw error
    attempt.last = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
    return false
  }
}

/** NICs by their addresses, under the names of the lab file. */
export function reportOf(machine: Machine, { hostname, links }: SeenGuest): GuestReport {
  return {
    hostname: hostname ?? machine.name,
    links: machine.nics.map(({ name, mac }) => ({
      name,
      mac,
      addresses: links.find((link) => link.mac === mac)?.addresses ?? [],
    })),
  }
}
