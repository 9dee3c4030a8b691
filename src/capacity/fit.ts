/** How full something is, in the four words that every part of the report uses. */
import { sizingFigure } from '#facts'

/** `heavily-used`: it fits, and from here on it is felt. `unknown`: something that it depends on is not known. */
export type Fit = 'fits' | 'heavily-used' | 'unknown' | 'does-not-fit'

const fromMildToGrave: readonly Fit[] = ['fits', 'unknown', 'heavily-used', 'does-not-fit']

/** The share of memory from which on a host is called heavily used: that at which the author of the home lab said so. */
export function heavyShare(): number {
  return sizingFigure('memory-marks').low
}

/** `share` is used by given; `isLeast`: it counts less than there really is, because not everything is known. */
export function fitOf(share: number, isLeast = false): Fit {
  if (share > 1) return 'does-not-fit'
  if (share >= heavyShare()) return 'heavily-used'
  return isLeast ? 'unknown' : 'fits'
}

export function gravest(fits: readonly Fit[]): Fit {
  return fits.reduce<Fit>(
    (worst, fit) => (fromMildToGrave.indexOf(fit) > fromMildToGrave.indexOf(worst) ? fit : worst),
    'fits',
  )
}
