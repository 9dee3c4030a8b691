/** For each rule about the file itself: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'

const body = 'machines:\n  web: { image: tiny }\n'

export const fileCases: readonly RuleCase[] = [
  {
    rule: 'file/unknown-rule',
    shows: 'a rule is accepted that does not exist',
    breaks: `${body}suppress: [{ rule: network/promiscous, reason: nobody else is there }]\n`,
    silent: `${body}suppress: [{ rule: file/unknown-rule, reason: nobody else is there }]\n`,
    at: 'suppress[0].rule',
  },
  {
    rule: 'file/needless-suppression',
    shows: 'a finding is accepted that there is not',
    breaks: `${body}suppress: [{ rule: file/unknown-rule, reason: nobody else is there }]\n`,
    silent: body,
    at: 'suppress[0]',
  },
]
