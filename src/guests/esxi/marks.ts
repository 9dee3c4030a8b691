/** Marks of progress in the log of a host: the only way an installer has to say how far it is. */

export type Stage = 'installed' | 'first-boot' | 'datastore-failed' | 'not-ready' | 'ready'

/** What to look for in the log. */
export function progressMark(id: string, stage: Stage): string {
  return `NESTLAB-${id} ${stage}`
}

/**
 * A shell function that writes marks. The installer writes the scripts themselves into the same log, so no mark may
 * stand in them as it is looked for: it is put together when it is said.
 */
export function markFunction(id: string): readonly string[] {
  return ['m=NEST', 'n=LAB', `mark() { vsish -e set /system/log "\${m}\${n}-${id} $1"; }`]
}
