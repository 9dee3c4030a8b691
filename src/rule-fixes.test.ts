import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadLab } from '#lab'
import { checkLab } from '#rules'
import { fixedText } from './rule-fixes.ts'
import { cloudCases } from './rules/cloud/cases.fixture.ts'
import { clusterCases } from './rules/cluster/cases.fixture.ts'
import { machineCases } from './rules/machine/cases.fixture.ts'
import { networkCases } from './rules/network/cases.fixture.ts'
import type { RuleCase } from './rules/rule-case.fixture.ts'
import { storageCases } from './rules/storage/cases.fixture.ts'
import { supportCases } from './rules/support/cases.fixture.ts'

const load = { file: 'case.lab.yaml', knownImages: ['debian', 'windows', 'vcsa', 'appliance'] }

function fixed(text: string, site?: RuleCase['site']) {
  const { lab, problems } = loadLab(text, load)
  assert.ok(lab, problems[0]?.text)
  const findings = checkLab(lab, site).findings.filter(({ edits }) => edits !== undefined)
  return { findings, ...fixedText(text, load, { findings, templates: true, ...(site && { site }) }) }
}

describe('Fixes of findings', () => {
  test('can be written into the file for every case of every rule that has one', () => {
    const cases = [
      ...machineCases,
      ...networkCases,
      ...storageCases,
      ...clusterCases,
      ...cloudCases,
      ...supportCases,
    ]
    let count = 0
    for (const { rule, shows, breaks, site } of cases) {
      const text = `nestlab: 1\nname: case\n${breaks}`
      const { findings, refused, after, made } = fixed(text, site)
      if (findings.length === 0) continue
      count += 1
      assert.deepEqual(refused, [], `${rule}: ${shows}`)
      assert.notEqual(after, text)
      assert.ok(made.length > 0)
    }
    assert.ok(count > 20, `only ${count} cases have a fix`)
  })

  test('that want two values at one place are made one after the other, as far as still needed', () => {
    const text = `nestlab: 1
name: small
machines:
  old: { image: kvm-node, memory: 128MiB, hypervisor: { product: kvm } } # too little
`
    const { findings } = fixed(text)
    const [finding] = findings
    assert.ok(finding && finding.rule.id === 'memory/minimum')
    const other = { ...finding, edits: [{ at: ['machines', 'old', 'memory'], value: '1GiB' }] }
    const { after, made, refused } = fixedText(text, load, { findings: [other, finding], templates: false })
    assert.equal(after, text.replace('128MiB', '1GiB'))
    assert.deepEqual([made.length, refused], [1, []])
  })

  test('are left out where they would bring a new error, and the others are made', () => {
    const text = `nestlab: 1
name: small-host
site: { kind: facts, hosts: { one: { product: esxi, version: "6.0", memory: 8GiB, cpu: { cores: 4 } } } }
machines:
  esxi: { count: 2, cpus: 1, memory: 2GiB, hypervisor: { product: esxi, version: "6.0" } }
`
    const { after, refused, made } = fixed(text)
    assert.deepEqual(
      refused.map(({ rule, text: said }) => [rule, said]),
      [
        [
          'memory/minimum',
          'machines.esxi.memory was not changed: it would break memory/host-fit at site.hosts.one.memory.',
        ],
      ],
    )
    assert.deepEqual(
      made.map(({ rule, at }) => [rule, at]),
      [['cpu/minimum', 'machines.esxi.cpus']],
    )
    assert.equal(after, text.replace('cpus: 1', 'cpus: 2'))
  })

  test('of a file that is no lab any more are not made', () => {
    const text = 'nestlab: 1\nname: x\nmachines: 5\n'
    assert.equal(fixedText(text, load, { findings: [], templates: true }).after, text)
  })
})
