/** The rules of the pack `cloud`. */
import type { Rule } from '../rule.ts'

export const cloudRules: readonly Rule[] = []
