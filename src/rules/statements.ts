/** Every statement of the five articles with the part of Nestlab that covers it, or why none does. */
import { allRules } from './all-rules.ts'
import written from './data/statements.json' with { type: 'json' }

export interface Statement {
  /** `R062`. */
  readonly id: string
  /** In our words. */
  readonly says: string
  /** Ids of the rules that stand for it. */
  readonly rules: readonly string[]
  /** What else of Nestlab covers it. */
  readonly elsewhere?: string
  /** Why nothing does. */
  readonly why?: string
}

export function statements(): readonly Statement[] {
  const covering = new Map<string, string[]>()
  for (const { id, covers } of allRules) {
    for (const statement of covers) covering.set(statement, [...(covering.get(statement) ?? []), id])
  }
  return written.statements.map((row) => ({ ...row, rules: covering.get(row.id) ?? [] }))
}
