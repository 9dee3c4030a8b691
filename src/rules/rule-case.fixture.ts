/** A pair of labs for one rule: one that breaks it, and its nearest neighbour that does not. */
import assert from 'node:assert/strict'
import { loadLab, type ResolvedLab } from '#lab'
import type { SiteKnowledge } from './scene.ts'

export interface RuleCase {
  readonly rule: string
  /** What is shown: completes "a lab in which …". */
  readonly shows: string
  /** Lab file without `nestlab: 1` and `name`; breaks the rule. */
  readonly breaks: string
  /** Differs as little as possible and does not break the rule. */
  readonly silent: string
  /** Where the finding is, as text: `machines.esxi.hardware.version`. */
  readonly at: string
  /** Of the finding, where it is not that of the rule. */
  readonly severity?: 'error' | 'warning' | 'advice'
  /** What was found out about level 0, for rules about probed sites. */
  readonly site?: SiteKnowledge
  readonly silentSite?: SiteKnowledge
}

const images = ['debian', 'windows', 'vcsa', 'appliance']

/** A lab from the text of a case; it must be free of problems. */
export function labOf(text: string): ResolvedLab {
  const { lab, problems } = loadLab(`nestlab: 1\nname: case\n${text}`, {
    file: 'case.lab.yaml',
    knownImages: images,
  })
  assert.deepEqual(
    problems.map(({ line, text: said }) => `${line}: ${said}`),
    [],
    text,
  )
  assert.ok(lab)
  return lab
}
