/** Which paths a blueprint may hold: those that mean the same place, and one place, on every file system. */

const mostBytes = 512
const mostSegments = 16
const segment = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,126}$/

/** Written by unpacking itself, beside the entries. */
export const reservedPath = 'blueprint.json'

/** What is wrong with the path of an entry; undefined when nothing is. */
export function pathProblem(path: string): string | undefined {
  const quoted = JSON.stringify(path.slice(0, 80))
  if (path.length > mostBytes) return `the path ${quoted}… is longer than ${mostBytes} bytes`
  const segments = path.split('/')
  if (segments.length > mostSegments) return `the path ${quoted} has more than ${mostSegments} parts`
  // One alphabet without look-alikes, and neither `..`, hidden names, empty parts, backslashes nor drives.
  if (!segments.every((one) => segment.test(one) && !one.endsWith('.'))) {
    return `${quoted} is no relative path of letters, digits and inner dots, hyphens and underscores`
  }
  if (path.toLowerCase() === reservedPath) return `${quoted} is the name of the description itself`
  return undefined
}

/** What is wrong with paths together: two that are one on some file system, or a file that is also a folder. */
export function pathsProblem(paths: readonly string[]): string | undefined {
  const files = new Set<string>()
  for (const path of paths) {
    const folded = path.toLowerCase()
    if (files.has(folded)) return `the path ${path} is there twice`
    files.add(folded)
  }
  for (const path of paths) {
    const parts = path.toLowerCase().split('/')
    for (let length = 1; length < parts.length; length++) {
      const folder = parts.slice(0, length).join('/')
      if (files.has(folder)) return `${folder} is a file and a folder`
    }
  }
  return undefined
}
