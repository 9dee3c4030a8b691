/** Guests of the simulated machine park: asked and entered as real ones are, but started from nothing. */
import { createHash } from 'node:crypto'
import { type Guests, settingsOf } from '#guests'
import type { ImageReference } from '#lab'
import type { Roots } from '#store'
import { openLocalGuests } from './image-service.ts'

/** Simulated hypervisors are up after 0.3 s, and `slow` ones after 3 s; nobody should wait a minute for a rehearsal. */
const bootLimitMs = { tcg: 15_000, kvm: 15_000 }

export function simulatedGuests(roots: Roots): Guests {
  const local = openLocalGuests(roots)
  return {
    ...local,
    guestOf: async (machine) => ({ ...(await local.guestOf(machine)), bootLimitMs }),
    find: async (reference) => ({
      name: nameOf(reference),
      sha256: digestOf(reference),
      guest: 'tiny',
      files: {},
    }),
    provide: async () => {},
    boot: async (lab, machine, keys) => ({ disks: [], settings: settingsOf(lab, machine, keys) }),
  }
}

function nameOf(reference: ImageReference): string {
  return reference.from === 'catalogue' ? reference.name : reference.sha256.slice(0, 12)
}

/** An image's name stands for its content, since there is none. */
function digestOf(reference: ImageReference): string {
  if (reference.from !== 'catalogue') return reference.sha256
  return createHash('sha256').update(reference.name).digest('hex')
}
