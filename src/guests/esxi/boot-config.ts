/** BOOT.CFG of an installer: its boot options changed, and not one other byte. */

export interface BootConfigProblem {
  readonly reason: string
}

const optionLine = /^[ \t]*kernelopt[ \t]*=/

/**
 * Takes the options of the installer along, without `cdromBoot` and without those that `options` gives anew. Bytes go
 * in and out: line ends, and whatever is not ASCII, stay as they are. Where there is no line for options, one follows
 * that of the kernel.
 */
export function bootConfig(original: Uint8Array, options: readonly string[]): Uint8Array | BootConfigProblem {
  const wrong = options.find((option) => !/^[A-Za-z][A-Za-z0-9]*(?:=[A-Za-z0-9._:/,-]+)?$/.test(option))
  if (wrong !== undefined) return { reason: `${JSON.stringify(wrong)} is no boot option` }
  // Every byte is one character of Latin-1, and the other way round.
  const lines = Buffer.from(original).toString('latin1').split('\n')
  const places = lines.flatMap((line, place) => (optionLine.test(line) ? [place] : []))
  if (places.length > 1) return { reason: 'it has more than one line kernelopt=' }
  const [place] = places
  if (place === undefined) return withNewLine(lines, options)
  const line = lines[place] ?? ''
  const [beginning = ''] = optionLine.exec(line) ?? []
  const end = line.endsWith('\r') ? '\r' : ''
  const own = line.slice(beginning.length, line.length - end.length)
  lines[place] = `${beginning}${merged(own, options)}${end}`
  return Buffer.from(lines.join('\n'), 'latin1')
}

function merged(own: string, options: readonly string[]): string {
  const keys = new Set(['cdromboot', ...options.map(keyOf)])
  const kept = own.split(/[ \t]+/).filter((word) => word !== '' && !keys.has(keyOf(word)))
  // What the maker of the ISO has put there stays, behind the word that starts the installer.
  const [first = '', ...rest] = options
  return [first, ...kept, ...rest].join(' ')
}

const keyOf = (option: string) => option.replace(/=.*$/, '').toLowerCase()

function withNewLine(lines: readonly string[], options: readonly string[]): Uint8Array | BootConfigProblem {
  const kernel = lines.findIndex((line) => /^[ \t]*kernel[ \t]*=/.test(line))
  if (kernel === -1) return { reason: 'it has neither a line kernel= nor kernelopt=' }
  const last = kernel === lines.length - 1
  const end = lines[last ? 0 : kernel]?.endsWith('\r') ? '\r' : ''
  const written = [...lines]
  if (last && end) written[kernel] += end
  written.splice(kernel + 1, 0, `kernelopt=${options.join(' ')}${last ? '' : end}`)
  return Buffer.from(written.join('\n'), 'latin1')
}
