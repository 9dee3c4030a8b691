/** The rules of the pack `machine`. */
import type { Rule } from '../rule.ts'

export const machineRules: readonly Rule[] = []
