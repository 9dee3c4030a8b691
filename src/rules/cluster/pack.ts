/** The rules of the pack `cluster`. */
import type { Rule } from '../rule.ts'

export const clusterRules: readonly Rule[] = []
