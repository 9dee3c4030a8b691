import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadLab, plainLab, withValue } from '#lab'
import { allRules } from './all-rules.ts'
import { checkLab, type Finding, placeText } from './check.ts'
import { cloudCases } from './cloud/cases.fixture.ts'
import { clusterCases } from './cluster/cases.fixture.ts'
import { fileCases } from './file/cases.fixture.ts'
import { machineCases } from './machine/cases.fixture.ts'
import { networkCases } from './network/cases.fixture.ts'
import { labOf, type RuleCase } from './rule-case.fixture.ts'
import type { SiteKnowledge } from './scene.ts'
import { storageCases } from './storage/cases.fixture.ts'
import { supportCases } from './support/cases.fixture.ts'

const cases: readonly RuleCase[] = [
  ...machineCases,
  ...networkCases,
  ...storageCases,
  ...clusterCases,
  ...cloudCases,
  ...supportCases,
  ...fileCases,
]

function findingsOf(text: string, rule: string, site?: SiteKnowledge): readonly Finding[] {
  return checkLab(labOf(text), site).findings.filter((finding) => finding.rule.id === rule)
}

describe('a rule', () => {
  for (const { rule, shows, breaks, silent, at, severity, site, silentSite } of cases) {
    test(`${rule} speaks about a lab in which ${shows}, and not about its neighbour`, () => {
      const [finding] = findingsOf(breaks, rule, site)
      assert.ok(finding, 'the rule says nothing')
      assert.equal(placeText(finding.at), at)
      assert.equal(finding.severity, severity ?? finding.rule.severity)
      assert.deepEqual(
        findingsOf(silent, rule, silentSite ?? site).map(({ text }) => text),
        [],
      )
    })
  }

  test('has at least one case', () => {
    const shown = new Set(cases.map(({ rule }) => rule))
    assert.deepEqual(
      allRules.filter(({ id }) => !shown.has(id)).map(({ id }) => id),
      [],
    )
    assert.deepEqual(
      [...shown].filter((id) => !allRules.some((rule) => rule.id === id)),
      [],
    )
  })

  test('with a safe fix says nothing any more once the fix is made', () => {
    for (const { rule, breaks, site } of cases) {
      const text = `nestlab: 1\nname: case\n${breaks}`
      const { placeOf } = loadLab(text, {
        file: 'case.lab.yaml',
        knownImages: ['debian', 'windows', 'vcsa', 'appliance'],
      })
      assert.ok(placeOf)
      const before = findingsOf(breaks, rule, site)
      const edits = before.flatMap((finding) => finding.edits ?? [])
      if (edits.length === 0) continue
      const changed = edits.reduce<unknown>(
        (plain, edit) => withValue(plain, placeOf(edit.at).path, edit.value),
        plainLab(text),
      )
      const fixed = JSON.stringify(changed)
      const { lab, problems } = loadLab(fixed, {
        file: 'case.lab.yaml',
        knownImages: ['debian', 'windows', 'vcsa', 'appliance'],
      })
      assert.ok(lab, `${rule}: ${problems[0]?.text}`)
      const after = checkLab(lab, site).findings.filter(
        (finding) => finding.rule.id === rule && finding.edits,
      )
      assert.deepEqual(
        after.map(({ text: said }) => said),
        [],
        rule,
      )
    }
  })

  test('has an id of its own, two sentences of why, and a source with a day', () => {
    const ids = allRules.map(({ id }) => id)
    assert.deepEqual(ids, [...new Set(ids)])
    for (const { id, title, why, sources, covers } of allRules) {
      assert.match(id, /^[a-z]+\/[a-z0-9-]+$/)
      assert.match(title, /^[A-Z].*\.$/, id)
      assert.equal(why.split(/(?<=\.)\s+(?=[A-Z])/).length, 2, `${id}: ${why}`)
      assert.ok(sources.length > 0, id)
      for (const { asOf } of sources) assert.match(asOf, /^\d{4}-\d\d-\d\d$/, id)
      for (const statement of covers) assert.match(statement, /^R\d{3}$/, id)
    }
  })
})
