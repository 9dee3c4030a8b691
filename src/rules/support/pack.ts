/** The rules of the pack `support`. */
import type { Rule } from '../rule.ts'

export const supportRules: readonly Rule[] = []
