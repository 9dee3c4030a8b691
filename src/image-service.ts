/** Opens the image store: what starts machines, and what `nestlab image` works on. */
import { openGuests } from '#guests'
import { type Roots, sitePaths } from '#store'

export function openLocalGuests(roots: Roots): ReturnType<typeof openGuests> {
  const { images, scratch } = sitePaths(roots)
  return openGuests({ imagesFolder: images, scratchFolder: scratch })
}
