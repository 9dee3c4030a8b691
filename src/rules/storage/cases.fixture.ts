/** For each rule of the pack `storage`: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { bootCases } from './boot-cases.fixture.ts'
import { cloneCases } from './clone-cases.fixture.ts'
import { diskCases } from './disk-cases.fixture.ts'
import { vsanCases } from './vsan-cases.fixture.ts'

export const storageCases: readonly RuleCase[] = [...bootCases, ...diskCases, ...vsanCases, ...cloneCases]
