/** For each rule of the pack `machine`: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { cardCases } from './card-cases.fixture.ts'
import { exposureCases } from './exposure-cases.fixture.ts'
import { hardwareCases } from './hardware-cases.fixture.ts'
import { nestingCases } from './nesting-cases.fixture.ts'
import { processorCases } from './processor-cases.fixture.ts'
import { sizeCases } from './size-cases.fixture.ts'

export const machineCases: readonly RuleCase[] = [
  ...processorCases,
  ...exposureCases,
  ...nestingCases,
  ...hardwareCases,
  ...cardCases,
  ...sizeCases,
]
