/** Results of `nestlab test` in the XML that CI systems read (JUnit's). */

export interface JunitCase {
  readonly name: string
  readonly tookMs: number
  /** Why it failed; absent when it did not. */
  readonly failure?: string
  /** Why it was not checked. */
  readonly skipped?: string
}

export function junitXml(suite: string, cases: readonly JunitCase[]): string {
  const failed = cases.filter(({ failure }) => failure !== undefined).length
  const skipped = cases.filter((one) => one.skipped !== undefined).length
  const seconds = inSeconds(cases.reduce((sum, { tookMs }) => sum + tookMs, 0))
  const name = escaped(suite)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${cases.length}" failures="${failed}" skipped="${skipped}" time="${seconds}">`,
    `  <testsuite name="${name}" tests="${cases.length}" failures="${failed}" skipped="${skipped}" time="${seconds}">`,
    ...cases.map((one) => `    ${caseXml(name, one)}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function caseXml(suite: string, { name, tookMs, failure, skipped }: JunitCase): string {
  const head = `<testcase classname="${suite}" name="${escaped(name)}" time="${inSeconds(tookMs)}"`
  if (failure !== undefined) return `${head}><failure message="${escaped(failure)}"/></testcase>`
  if (skipped !== undefined) return `${head}><skipped message="${escaped(skipped)}"/></testcase>`
  return `${head}/>`
}

const inSeconds = (ms: number): string => (ms / 1000).toFixed(3)

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** What XML 1.0 has no way to write becomes a question mark. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (mark) => entities[mark] ?? mark)
    .replace(/[\n\r\t]/g, ' ')
    .replace(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
}
