/** The rules of the pack `network`. */
import type { Rule } from '../rule.ts'

export const networkRules: readonly Rule[] = []
