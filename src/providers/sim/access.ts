/** The ways into a running simulated machine: SSH and the serial console. */
import type { Access } from '../provider.ts'
import { endWith } from './connections.ts'
import { guestOf } from './guest-of.ts'
import { makeKeyPair } from './key-pair.ts'
import { isUp, type Place, pathOf, runOf, settle } from './life.ts'
import { openConsole, type Watched } from './live-console.ts'
import type { LevelOfPark } from './opened-level.ts'
import { findMachine, levelOf, pausedAt } from './park.ts'
import { rehearsalOf } from './rehearsals.ts'
import type { SimGuest } from './sim-guest.ts'
import { connectSsh } from './ssh-server.ts'
import { closedWire } from './wire.ts'

const lookEveryMs = 20

export function accessTo(place: Place, level: LevelOfPark): Access {
  const look = () => lookAt(place, level)
  return {
    control: async (signal) => {
      signal?.throwIfAborted()
      const seen = await look()
      // A connection to a machine whose guest does not listen is closed without a word, as by QEMU.
      if (!seen || seen.stands || !isUp(seen.machine, seen.nowMs)) return closedWire()
      const run = runOf(seen.machine)
      const guest = guestOf(seen.machine, place, level)
      const now = async () => {
        const found = await look()
        return found && runOf(found.machine) === run ? found : undefined
      }
      const served = { guest, alive: () => goesOn(now) }
      return endWith(connectSsh(served, hostKeyOf(guest)), async () => (await now()) !== undefined)
    },
    console: async (signal) => {
      signal?.throwIfAborted()
      const seen = await look()
      if (!seen) return closedWire()
      return openConsole(guestOf(seen.machine, place, level), look)
    },
  }
}

/** For a machine that stands still it is still the instant at which it was paused. */
async function lookAt(place: Place, level: LevelOfPark): Promise<Watched | undefined> {
  const nowMs = level.clock.now()
  const park = settle(await level.park.read(), nowMs)
  const machine = findMachine(levelOf(park, place.owner), place.name)
  if (machine?.state !== 'running' && machine?.state !== 'paused') return undefined
  const stoodMs = pausedAt(park, pathOf(place))
  return { machine, nowMs: stoodMs ?? nowMs, stands: stoodMs !== undefined }
}

/** Waits while the machine stands still; false when it has gone. */
async function goesOn(now: () => Promise<Watched | undefined>): Promise<boolean> {
  for (;;) {
    const seen = await now()
    if (!seen?.stands) return seen !== undefined
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/** A machine named `impostor` shows a key that is not the lab's, as if something else answered in its place. */
function hostKeyOf({ facts, hardware }: SimGuest): string | undefined {
  if (rehearsalOf(hardware.name) !== 'impostor') return facts.hostKey
  return makeKeyPair().private
}
