/** Compares versions of products, such as `6.7`, `8.0U2`, `8.0 Update 2`, `2019`. */

/** Before 0, after 0, or 0; `8.0U2` comes after `8.0` and before `9.0`. A letter after the update (`7.0U1c`) does not count. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [versionNumbers(left), versionNumbers(right)]
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The newest of `versions` that is not after `wanted` and of the same release: for `8.0U3` that is `8.0U2`, never `7.0`. */
export function versionCovering(wanted: string, versions: readonly string[]): string | undefined {
  const numbers = versionNumbers(wanted)
  const sameRelease = (version: string) =>
    versionNumbers(version)
      .slice(0, 2)
      .every((number, place) => number === (numbers[place] ?? 0))
  return versions
    .filter((version) => sameRelease(version) && compareVersions(version, wanted) <= 0)
    .sort(compareVersions)
    .at(-1)
}

/** A release without update may be any update of it, so `8.0` becomes one after all of them. */
export function lastUpdate(version: string): string {
  if (/^\d+$/.test(version)) return `${version}.0u99`
  return /^\d+\.\d+$/.test(version) ? `${version}u99` : version
}

/** Versions that have been read; a lab of 10,000 machines names the same few of them. */
const read = new Map<string, readonly number[]>()

const mostRead = 1000

/** `8.0U2` and `8.0.2` are both 8, 0, 2. */
function versionNumbers(version: string): readonly number[] {
  const known = read.get(version)
  if (known !== undefined) return known
  const numbers = [...version.matchAll(/\d+/g)].map(([digits]) => Number(digits))
  if (read.size >= mostRead) read.clear()
  read.set(version, numbers)
  return numbers
}
