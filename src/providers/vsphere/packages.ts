/** Packages that machines are made from, wherever they are: on this machine, or in a content library of the site. */
import type { Machine } from '#lab'
import { fail } from './errors.ts'
import type { ImageSource, OvfContent } from './level.ts'
import { openLibraryItem } from './rest/library.ts'
import type { Level } from './switches.ts'

interface Opening {
  readonly machine: Machine
  readonly source: ImageSource
  readonly signal: AbortSignal
  /** The files are only to be looked at. */
  readonly skipsSums: boolean
}

/** Undefined where the source is none. The sums of its files are compared before anything is made. */
export async function contentOf(
  on: Level,
  { machine, source, signal, skipsSums }: Opening,
): Promise<OvfContent | undefined> {
  if (source.kind === 'library') return await openLibraryItem(on, machine, source, signal)
  if (source.kind !== 'package') return undefined
  const content = await on.level.openPackage?.(source, machine, { signal, skipsSums })
  if (content) return content
  throw fail('vsphere-cannot', { what: `Machine ${machine.path}`, reason: 'packages cannot be opened' })
}

/** For people. */
export function whereFrom(source: ImageSource): string {
  if (source.kind === 'library') return `item ${source.item} of library ${source.library}`
  return source.kind === 'package' ? source.file : ''
}
