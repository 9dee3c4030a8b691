/** How long a plain VM takes from power-on until somebody can log in, by what is in it. */
import written from './data/boot-times.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'

export interface BootTime {
  readonly lowSeconds: number
  readonly highSeconds: number
  readonly note?: string
  readonly source: Source
}

interface BootTimeRow extends BootTime {
  /** Of the name of an image, of an operating system, or of a role. */
  readonly pattern: string
}

export const bootTimeData = onceRead(() => dataFile<BootTimeRow>(written))

const patterns = onceRead(() => bootTimeData().rows.map((row) => ({ row, pattern: new RegExp(row.pattern) })))

/** `name` is that of an image, of an operating system, or of a role; undefined where it says nothing about what boots. */
export function bootTime(name: string): BootTime | undefined {
  return patterns().find(({ pattern }) => pattern.test(name))?.row
}
