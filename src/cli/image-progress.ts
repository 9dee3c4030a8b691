/** Shows how far the making of an image is. */
import type { ImageProgress } from '#guests'
import { LiveLines } from './live.ts'
import { bytes } from './table.ts'
import type { Terminal } from './terminal.ts'

export interface ImageProgressView extends Disposable {
  readonly onProgress: (progress: ImageProgress) => void
}

/** A live line an image on a terminal; otherwise a line whenever something new is being done. */
export function imageProgress(terminal: Terminal): ImageProgressView {
  const doing = new Map<string, ImageProgress>()
  const lines = terminal.isLive ? new LiveLines(terminal.stderr) : undefined
  return {
    onProgress: (progress) => {
      const before = doing.get(progress.image)
      doing.set(progress.image, progress)
      if (lines) lines.draw([...doing.values()].map(lineOf))
      else if (before?.doing !== progress.doing) terminal.tell(`${progress.image}: ${progress.doing}`)
    },
    [Symbol.dispose]: () => lines?.[Symbol.dispose](),
  }
}

function lineOf({ image, doing, doneBytes, totalBytes }: ImageProgress): string {
  if (doneBytes === undefined) return `${image}: ${doing}`
  const share = totalBytes ? ` of ${bytes(totalBytes)} (${Math.floor((100 * doneBytes) / totalBytes)} %)` : ''
  return `${image}: ${doing} ${bytes(doneBytes)}${share}`
}
