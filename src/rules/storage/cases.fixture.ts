/** For each rule of the pack `storage`: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'

export const storageCases: readonly RuleCase[] = []
