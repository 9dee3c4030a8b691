/** Opens the image store: what starts machines, and what `nestlab image` works on. */
import { openGuests as open } from '#guests'
import { sitePaths } from '#store'
import type { Place } from './services.ts'

export function openGuests({ roots }: Pick<Place, 'roots'>) {
  const { images, scratch } = sitePaths(roots)
  return open({ imagesFolder: images, scratchFolder: scratch })
}
