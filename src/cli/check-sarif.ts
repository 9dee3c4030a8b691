/** Checked labs as SARIF 2.1.0, the form in which code hosts and editors take findings. */
import { pathToFileURL } from 'node:url'
import type { Problem } from '#lab'
import type { Finding, Rule, Severity } from '#rules'
import { type FindingGroup, groupsOf, namesOf, type Places } from './check-groups.ts'
import type { CheckedLab } from './check-lab.ts'
import { shownOf } from './check-text.ts'

export interface SarifOptions {
  readonly rules: readonly Rule[]
  readonly placeText: Places['placeText']
  readonly least: Severity
}

const levels = { error: 'error', warning: 'warning', advice: 'note' } as const

/** What is wrong with a file as such has no rule of the manual. */
const problemRule = {
  id: 'file/problem',
  shortDescription: { text: 'A lab file can be read, and what it says fits together.' },
  defaultConfiguration: { level: 'error' },
}

export function sarifDocument(checked: readonly CheckedLab[], options: SarifOptions): object {
  const { rules } = options
  const index = new Map(rules.map((rule, at) => [rule.id, at]))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Nestlab', rules: [...rules.map(describedRule), problemRule] } },
        columnKind: 'utf16CodeUnits',
        results: checked.flatMap((one) => resultsOf(one, { ...options, index })),
      },
    ],
  }
}

function describedRule({ id, severity, title, why, sources, versions, covers }: Rule): object {
  const url = sources.find((source) => source.url !== undefined)?.url
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: versions === undefined ? why : `${why} Versions: ${versions}.` },
    ...(url !== undefined && { helpUri: url }),
    defaultConfiguration: { level: levels[severity] },
    ...(covers.length > 0 && { properties: { tags: covers } }),
  }
}

type Indexed = SarifOptions & { readonly index: ReadonlyMap<string, number> }

function resultsOf(checked: CheckedLab, options: Indexed): object[] {
  const { checkup, placeOf, problems } = checked
  const places = { placeOf, placeText: options.placeText }
  const accepted = new Map<string, Finding[]>()
  for (const { finding, reason } of checkup.suppressed)
    accepted.set(reason, [...(accepted.get(reason) ?? []), finding])
  return [
    ...problems.map((problem) => problemResult(problem, checked, options)),
    ...groupsOf(shownOf(checkup.findings, options.least), places).map((group) =>
      result(group, checked, options),
    ),
    ...[...accepted].flatMap(([reason, findings]) =>
      groupsOf(findings, places).map((group) => ({
        ...result(group, checked, options),
        suppressions: [{ kind: 'inSource', justification: reason }],
      })),
    ),
  ]
}

function result(group: FindingGroup, checked: CheckedLab, { index }: Indexed): object {
  const { rule, severity, place, at, text, remedy, machines } = group
  const names = machines.length > 1 ? ` Found at: ${namesOf(machines)}.` : ''
  const ruleIndex = index.get(rule.id)
  return {
    ruleId: rule.id,
    ...(ruleIndex !== undefined && { ruleIndex }),
    level: levels[severity],
    message: { text: `${text}${names} Fix: ${remedy}` },
    locations: [locationOf(checked, at, place)],
    partialFingerprints: { 'place/v1': `${rule.id} ${at}` },
  }
}

function problemResult(problem: Problem, checked: CheckedLab, { rules }: Indexed): object {
  const { at, text, remedy } = problem
  return {
    ruleId: problemRule.id,
    ruleIndex: rules.length,
    level: 'error',
    message: { text: remedy === '' ? text : `${text} Fix: ${remedy}` },
    locations: [locationOf(checked, at, problem)],
  }
}

interface Spot {
  readonly line: number
  readonly column: number
  readonly length?: number
}

function locationOf({ file, title }: CheckedLab, at: string, spot: Spot | undefined): object {
  const region = spot && spot.line > 0 ? regionOf(spot) : undefined
  const physical = file !== undefined && {
    physicalLocation: { artifactLocation: { uri: uriOf(title, file) }, ...(region && { region }) },
  }
  return {
    ...physical,
    ...(at !== '' && { logicalLocations: [{ fullyQualifiedName: at }] }),
  }
}

function regionOf({ line, column, length }: Spot): object {
  return {
    startLine: line,
    startColumn: column,
    ...(length !== undefined && { endColumn: column + length }),
  }
}

/** Relative inside the folder of the command, where the repository is; a whole address for files elsewhere. */
function uriOf(title: string, file: string): string {
  if (title === file) return pathToFileURL(file).href
  return title.split(/[\\/]/).map(encodeURIComponent).join('/')
}
