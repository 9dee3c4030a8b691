/** Guests of the simulated machine park: asked and entered as real ones are, but started from nothing. */
import { createHash } from 'node:crypto'
import { type Guests, settingsOf } from '#guests'
import type { ImageReference } from '#lab'
import type { Roots } from '#store'
import { openLocalGuests } from './image-service.ts'

export function simulatedGuests(roots: Roots): Guests {
  return {
    ...openLocalGuests(roots),
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
