/** What a report on size stands on, with the documents that it is from. */
import type { SizeReport } from '#capacity'
import { oneLine } from './one-line.ts'
import { paragraph } from './size-paragraph.ts'

type Assumption = SizeReport['assumptions'][number]
type Source = NonNullable<Assumption['source']>

/** Sources are numbered, since many figures are from the same one. */
export function assumptionLines(assumptions: readonly Assumption[]): readonly string[] {
  const numbers = new Map<string, number>()
  const texts = assumptions.flatMap(({ text, source }) => {
    if (source === undefined) return paragraph(oneLine(text), '    ', '  - ')
    const key = sourceLine(source)
    const number = numbers.get(key) ?? numbers.size + 1
    numbers.set(key, number)
    return paragraph(`${oneLine(text)} [${number}]`, '    ', '  - ')
  })
  const sources = [...numbers].flatMap(([text, number]) =>
    paragraph(oneLine(text), '      ', `  [${number}] `),
  )
  return [...texts, ...sources]
}

const doubts = { V: '', S: ', a secondary source', K: ', not confirmed by a page', M: '' } as const

function sourceLine({ title, url, grade, asOf }: Source): string {
  return `${title}${url === undefined ? '' : ` ${url}`}${doubts[grade]}, as of ${asOf}`
}
