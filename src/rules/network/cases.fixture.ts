/** For each rule of the pack `network`: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { hostCases } from './host-cases.fixture.ts'
import { opennessCases } from './openness-cases.fixture.ts'
import { policyCases } from './policy-cases.fixture.ts'
import { wayCases } from './way-cases.fixture.ts'

export const networkCases: readonly RuleCase[] = [...policyCases, ...opennessCases, ...wayCases, ...hostCases]
