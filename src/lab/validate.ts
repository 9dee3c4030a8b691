/** Checks a lab file against the schema, and goes on with what is right so that one mistake does not hide others. */
import type * as z from 'zod'
import { limits } from './limits.ts'
import { type Located, plainOf } from './located.ts'
import { isMap, valueAt } from './plain-value.ts'
import { type Finding, type Path, shown } from './problem.ts'
import { type LabInput, labSchema } from './schema.ts'
import { bare, schemaAt, standInFor } from './schema-walk.ts'
import { issueFindings } from './schema-words.ts'
import { StandIns } from './stand-ins.ts'

export interface Validated {
  /** The file with stand-ins for what was wrong; absent when too little of it is right. */
  readonly input?: LabInput
  readonly findings: readonly Finding[]
  /** Places whose present value is a stand-in: findings there would be about words the user never wrote. */
  readonly standIns: StandIns
}

// Each round repairs what the one before has uncovered; wrong values inside wrong alternatives need the second.
const rounds = 4

/** `early` findings have replaced values already. */
export function validate(root: Located, early: readonly Finding[]): Validated {
  const plain = plainOf(root)
  const findings: Finding[] = []
  const standIns = new StandIns(root)
  for (const { path, replaced } of early) if (replaced) standIns.add(path)
  if (!isMap(plain)) return { findings: [notALab(plain)], standIns }
  for (let round = 0; round < rounds; round++) {
    const parsed = labSchema.safeParse(plain)
    if (parsed.success) return { input: parsed.data, findings, standIns }
    if (parsed.error.issues.length > limits.faults) {
      const first = parsed.error.issues.slice(0, limits.faults)
      return {
        findings: [...findings, ...first.flatMap((issue) => issueFindings(issue, plain, root))],
        standIns,
      }
    }
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys') standIns.addTrimmed(pathOf(issue))
    }
    const issues = parsed.error.issues.filter((issue) => !standIns.hides(pathOf(issue), issue.code))
    for (const issue of issues) findings.push(...issueFindings(issue, plain, root))
    for (const issue of parsed.error.issues) repair(plain, issue, standIns)
  }
  return { findings, standIns }
}

function notALab(plain: unknown): Finding {
  return {
    path: [],
    text: `A lab file is a map of keys, but this is ${shown(plain)}.`,
    remedy: 'Begin it with `nestlab: 1` and `name: NAME`.',
  }
}

/** Removes what is wrong, or puts the schema's own example where something is needed. */
function repair(plain: unknown, issue: z.core.$ZodIssue, standIns: StandIns): void {
  if (issue.code === 'unrecognized_keys') {
    const holder = valueAt(plain, pathOf(issue))
    if (isMap(holder)) for (const key of issue.keys) delete holder[key]
    return
  }
  const path = pathOf(issue)
  const step = path.at(-1)
  const holder = valueAt(plain, path.slice(0, -1))
  if (step === undefined) return
  standIns.add(path)
  const schema = schemaAt(labSchema, path)
  const needed = schema === undefined || bare(schema) === schema
  if (isMap(holder)) {
    if (needed && schema) holder[step] = standInFor(schema)
    else delete holder[step]
  } else if (Array.isArray(holder) && typeof step === 'number' && schema) {
    holder[step] = standInFor(schema)
  }
}

export function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
}
