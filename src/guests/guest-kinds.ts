/** The three kinds of guest: how long each may take, how each is asked and shut down. */
import type { Host } from '#host'
import type { Guest, GuestName } from './guest.ts'
import { askReport } from './report.ts'

/** Some twenty times what was measured on two quiet cores, since a full host is slower by its load. */
const limits: Readonly<Record<GuestName, Guest['bootLimitMs']>> = {
  tiny: { tcg: 120_000, kvm: 20_000 },
  'kvm-node': { tcg: 120_000, kvm: 40_000 },
  cloud: { tcg: 900_000, kvm: 180_000 },
}

/** An ordinary system asks its services, and systemd gives each 90 s (systemd-system.conf, DefaultTimeoutStopSec). */
const shutDownLimits: Readonly<Record<GuestName, number>> = {
  tiny: 20_000,
  'kvm-node': 20_000,
  cloud: 100_000,
}

export function guestOfKind(name: GuestName): Guest {
  const knock = name === 'cloud' ? { knockEveryMs: 4000 } : {}
  return {
    name,
    bootLimitMs: limits[name],
    ...knock,
    prove: askReport,
    shutDownLimitMs: shutDownLimits[name],
    shutdown,
  }
}

/** A connection that breaks right after the order means it was taken seriously. */
async function shutdown(inside: Host, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await inside
    .run(['poweroff'], { signal, limitMs: 15_000 })
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'host-lost')
        return { code: 0, stderr: '' }
      throw error
    })
  if (code !== 0) throw new Error(`poweroff said: ${stderr.trim() || `exit code ${code}`}`)
}
