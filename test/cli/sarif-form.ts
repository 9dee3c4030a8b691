/** What SARIF 2.1.0 demands of a log, as far as ours goes: wrong places as sentences. */

type Json = Readonly<Record<string, unknown>>

/** Keys that each object may have, of those that the standard knows (3.13 to 3.49); the first ones it must have. */
const objects = {
  log: { must: ['version', 'runs'], may: ['$schema'] },
  run: { must: ['tool', 'results'], may: ['columnKind'] },
  tool: { must: ['driver'], may: [] },
  driver: { must: ['name', 'rules'], may: ['version', 'informationUri'] },
  rule: {
    must: ['id'],
    may: ['shortDescription', 'fullDescription', 'helpUri', 'defaultConfiguration', 'properties'],
  },
  result: {
    must: ['message', 'ruleId', 'ruleIndex', 'level', 'locations'],
    may: ['suppressions', 'partialFingerprints'],
  },
  location: { must: [], may: ['physicalLocation', 'logicalLocations'] },
  physicalLocation: { must: ['artifactLocation'], may: ['region'] },
  artifactLocation: { must: ['uri'], may: [] },
  region: { must: ['startLine', 'startColumn'], may: ['endColumn'] },
  suppression: { must: ['kind'], may: ['justification'] },
} as const

const levels: readonly unknown[] = ['none', 'note', 'warning', 'error']

export function sarifFaults(log: unknown): string[] {
  const faults: string[] = []
  const say = (what: string) => void faults.push(what)
  const top = objectOf('log', log, say)
  if (top.version !== '2.1.0') say('the version is not 2.1.0')
  const runs = listOf(top.runs)
  if (runs.length === 0) say('there is no run')
  for (const one of runs) runFaults(objectOf('run', one, say), say)
  return faults
}

function runFaults(run: Json, say: (what: string) => void): void {
  if (!['utf16CodeUnits', 'unicodeCodePoints'].includes(String(run.columnKind))) say('columnKind is unknown')
  const driver = objectOf('driver', objectOf('tool', run.tool, say).driver, say)
  const rules = listOf(driver.rules).map((rule) => objectOf('rule', rule, say))
  const ids = rules.map(({ id }) => String(id))
  if (new Set(ids).size < ids.length) say('two rules have one id')
  for (const rule of rules) ruleFaults(rule, say)
  for (const one of listOf(run.results)) {
    const result = objectOf('result', one, say)
    const index = result.ruleIndex
    if (typeof index !== 'number' || ids[index] !== result.ruleId)
      say(`ruleIndex ${index} is not ${result.ruleId}`)
    if (!levels.includes(result.level)) say(`there is no level ${result.level}`)
    if (!isText(asObject(result.message).text)) say('a message has no text')
    for (const location of listOf(result.locations)) locationFaults(objectOf('location', location, say), say)
    for (const suppression of listOf(result.suppressions ?? [])) {
      const { kind } = objectOf('suppression', suppression, say)
      if (kind !== 'inSource' && kind !== 'external') say(`there is no kind ${kind} of suppression`)
    }
  }
}

function ruleFaults(rule: Json, say: (what: string) => void): void {
  for (const key of ['shortDescription', 'fullDescription'])
    if (key in rule && !isText(asObject(rule[key]).text)) say(`${rule.id}: ${key} has no text`)
  if ('helpUri' in rule && !/^https?:\/\/[^\s<>"]+$/.test(String(rule.helpUri)))
    say(`${rule.id}: helpUri is no address`)
  if (!levels.includes(asObject(rule.defaultConfiguration).level)) say(`${rule.id} has no level`)
}

function locationFaults(location: Json, say: (what: string) => void): void {
  for (const logical of listOf(location.logicalLocations ?? []))
    if (!isText(asObject(logical).fullyQualifiedName)) say('a logical location has no name')
  if (!('physicalLocation' in location)) return
  const physical = objectOf('physicalLocation', location.physicalLocation, say)
  const { uri } = objectOf('artifactLocation', physical.artifactLocation, say)
  const isWhole = /^file:\/\/\/[\x21-\x7e]+$/.test(String(uri))
  const isRelative = /^(?![a-z]+:|\/)[\x21-\x7e]+$/.test(String(uri))
  if (!isWhole && !isRelative) say(`${uri} is no address`)
  if (/[\\"<>^`{|}]|(^|\/)\.\.(\/|$)|%(?![0-9A-F]{2})/.test(String(uri)))
    say(`${uri} is not written as an address`)
  if (!('region' in physical)) return
  const { startLine, startColumn, endColumn } = objectOf('region', physical.region, say)
  if (!isCount(startLine) || !isCount(startColumn)) say('lines and columns begin at 1')
  if (endColumn !== undefined && !(isCount(endColumn) && endColumn > Number(startColumn)))
    say('the end of a region is the first column behind it')
}

function objectOf(kind: keyof typeof objects, value: unknown, say: (what: string) => void): Json {
  const object = asObject(value)
  const { must, may } = objects[kind]
  for (const key of must) if (!(key in object)) say(`${kind} has no ${key}`)
  const known: readonly string[] = [...must, ...may]
  for (const key of Object.keys(object)) if (!known.includes(key)) say(`${kind} has a ${key}`)
  return object
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
}
