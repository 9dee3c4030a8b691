/** Checks a lab file against the schema, and goes on with what is right so that one mistake does not hide others. */
import type * as z from 'zod'
import { type Located, plainOf } from './located.ts'
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
  readonly stands: StandIns
}

// Each round repairs what the one before has uncovered; wrong values inside wrong alternatives need the second.
const rounds = 4

export function validate(root: Located): Validated {
  const plain = plainOf(root)
  const findings: Finding[] = []
  const stands = new StandIns(root)
  if (!isMap(plain)) return { findings: [notALab(plain)], stands }
  for (let round = 0; round < rounds; round++) {
    const parsed = labSchema.safeParse(plain)
    if (parsed.success) return { input: parsed.data, findings, stands }
    const issues = parsed.error.issues.filter((issue) => !stands.has(pathOf(issue)))
    for (const issue of issues) findings.push(...issueFindings(issue, plain, root))
    for (const issue of parsed.error.issues) repair(plain, issue, stands)
  }
  return { findings, stands }
}

function notALab(plain: unknown): Finding {
  return {
    path: [],
    text: `A lab file is a map of keys, but this is ${shown(plain)}.`,
    remedy: 'Begin it with `nestlab: 1` and `name: NAME`.',
  }
}

/** Removes what is wrong, or puts the schema's own example where something is needed. */
function repair(plain: unknown, issue: z.core.$ZodIssue, stands: StandIns): void {
  if (issue.code === 'unrecognized_keys') {
    const holder = valueAt(plain, pathOf(issue))
    if (isMap(holder)) for (const key of issue.keys) delete holder[key]
    return
  }
  const path = pathOf(issue)
  const step = path.at(-1)
  const holder = valueAt(plain, path.slice(0, -1))
  if (step === undefined) return
  stands.add(path)
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

export function valueAt(plain: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined
    return isMap(value) ? value[step] : undefined
  }, plain)
}

export function isMap(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
