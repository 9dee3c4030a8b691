/** Room `rules`: will it work? */

export { allRules, ruleOf } from './all-rules.ts'
export { type Checkup, checkLab, type Finding, placeText, type Suppressed } from './check.ts'
export type { Edit, Hit, LabPath, Rule, Severity } from './rule.ts'
export { severities } from './rule.ts'
export { declaredSite, type SiteKnowledge } from './scene.ts'
export { type Statement, statements } from './statements.ts'
