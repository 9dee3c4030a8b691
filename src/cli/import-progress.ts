/** Says on standard error how far an import is: one line that changes for people, one line a stage otherwise. */
import { LiveLines } from './live.ts'
import { oneLine } from './one-line.ts'
import type { Terminal } from './terminal.ts'

export interface ImportProgress extends Disposable {
  readonly onProgress: (text: string) => void
}

export function showImport(terminal: Terminal, site: string): ImportProgress {
  return terminal.isLive ? live(terminal, site) : plain(terminal, site)
}

function live({ stderr }: Terminal, site: string): ImportProgress {
  const lines = new LiveLines(stderr)
  return {
    onProgress: (text) => lines.draw([`${site}: ${oneLine(text)}`]),
    [Symbol.dispose]: () => {
      lines.draw([])
      lines[Symbol.dispose]()
    },
  }
}

/** How many there are until now is for those who watch. */
function plain(terminal: Terminal, site: string): ImportProgress {
  let stage = ''
  return {
    onProgress: (text) => {
      const next = text.replace(/:.*$/, '')
      if (next !== stage) terminal.tell(`${site}: ${oneLine(next)}`)
      stage = next
    },
    [Symbol.dispose]: () => undefined,
  }
}
