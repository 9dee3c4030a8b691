/** The ways into a running simulated machine: SSH and the serial console. */
import type { Access } from '../provider.ts'
import { endWith } from './connections.ts'
import { guestOf } from './guest-of.ts'
import { makeKeyPair } from './key-pair.ts'
import { isUp, type Place, runOf, settle } from './life.ts'
import { openConsole, type Watched } from './live-console.ts'
import type { LevelOfPark } from './opened-level.ts'
import { findMachine, levelOf } from './park.ts'
import { rehearsalOf } from './rehearsals.ts'
import type { SimGuest } from './sim-guest.ts'
import { connectSsh } from './ssh-server.ts'
import { closedWire } from './wire.ts'

export function accessTo(place: Place, level: LevelOfPark): Access {
  const look = () => lookAt(place, level)
  return {
    control: async (signal) => {
      signal?.throwIfAborted()
      const seen = await look()
      // A connection to a machine whose guest does not listen is closed without a word, as by QEMU.
      if (!seen || !isUp(seen.machine, seen.nowMs)) return closedWire()
      const run = runOf(seen.machine)
      const guest = guestOf(seen.machine, place, level)
      const alive = async () => {
        const now = await look()
        return now !== undefined && runOf(now.machine) === run
      }
      return endWith(connectSsh({ guest, alive }, hostKeyOf(guest)), alive)
    },
    console: async (signal) => {
      signal?.throwIfAborted()
      const seen = await look()
      if (!seen) return closedWire()
      return openConsole(guestOf(seen.machine, place, level), look)
    },
  }
}

async function lookAt(place: Place, level: LevelOfPark): Promise<Watched | undefined> {
  const nowMs = level.clock.now()
  const machine = findMachine(levelOf(settle(await level.park.read(), nowMs), place.owner), place.name)
  return machine?.state === 'running' ? { machine, nowMs } : undefined
}

/** A machine named `impostor` shows a key that is not the lab's, as if something else answered in its place. */
function hostKeyOf({ facts, hardware }: SimGuest): string | undefined {
  if (rehearsalOf(hardware.name) !== 'impostor') return facts.hostKey
  return makeKeyPair().private
}
