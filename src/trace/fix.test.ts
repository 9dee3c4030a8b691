/** The smallest fix: as few changes as can be, those that open least first, and honest about what it did not try. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadLab } from '#lab'
import type { Probe } from './contract.ts'
import { type FixAnswer, findFix } from './fix.ts'
import { trace } from './trace.ts'

const ping: Probe = { from: 'kvm-1/web', to: 'kvm-2/web', what: { kind: 'icmp' } }

interface Parts {
  readonly kind?: string
  readonly trunk?: string
  readonly web?: string
  readonly count?: number
  readonly uplinks?: string
  readonly more?: string
}

/** Hypervisors on a trunk, with a VM in VLAN 10 inside each. */
function labText({
  kind = 'standard',
  trunk = '{}',
  web = '{ vlan: 10 }',
  count = 2,
  uplinks = '[nic1]',
  more = '',
}: Parts) {
  return `nestlab: 1
name: fixes
switches:
  v:
    kind: ${kind}
    portgroups:
      management: {}
      trunk: ${trunk}
machines:
  kvm:
    count: ${count}
    image: kvm-node
    nics: [{ portgroup: management }, { portgroup: trunk }]
    hypervisor:
      product: kvm
      switches:
        br0: { uplinks: ${uplinks}, portgroups: { web: ${web} } }
      machines:
        web: { image: tiny, nics: [{ portgroup: web, address: 10.0.0.0/16 }] }
${more}`
}

const load = { file: 'fixes.lab.yaml' }

function fixesOf(text: string, probe = ping, nowMs = () => 0): FixAnswer {
  assert.deepEqual(loadLab(text, load).problems, [])
  const answer = findFix({ text, load }, probe, { nowMs })
  assert.ok(answer)
  for (const fix of answer.fixes) {
    const { lab } = loadLab(fix.text ?? '', load)
    assert.ok(lab && trace(lab, probe).reached, 'what is proposed helps')
  }
  return answer
}

function changesOf(answer: FixAnswer): readonly string[] {
  return answer.fixes.map(({ changes }) =>
    changes.map(({ path, value }) => `${path.join('.')}=${JSON.stringify(value)}`).join(' '),
  )
}

const trunk = 'switches.v.portgroups.trunk'
const open = 'security: { promiscuous: accept, forgedTransmits: accept }'

describe('the smallest fix', () => {
  test('is nothing where the frame arrives', () => {
    const answer = fixesOf(labText({ trunk: `{ vlan: 4095, ${open} }` }))
    assert.ok(answer.trace.reached)
    assert.deepEqual(answer.fixes, [])
  })

  test('of a distributed switch with its defaults is learning, before promiscuous mode', () => {
    assert.deepEqual(changesOf(fixesOf(labText({ kind: 'distributed', trunk: '{ vlan: 4095 }' }))), [
      `${trunk}.security.forgedTransmits="accept" ${trunk}.macLearning=true`,
      `${trunk}.security.forgedTransmits="accept" ${trunk}.security.promiscuous="accept"`,
    ])
  })

  test('of a standard switch with everything rejected has three changes, found in the order they show', () => {
    const answer = fixesOf(labText({ trunk: '{ security: { forgedTransmits: reject } }' }))
    assert.deepEqual(
      answer.fixes[0]?.causes.map(({ reason }) => reason),
      ['VLAN_TAGGED_ON_ACCESS', 'FORGED_TRANSMIT', 'UNKNOWN_UNICAST'],
    )
    assert.deepEqual(
      answer.fixes.map(({ changes }) => changes.length),
      answer.fixes.map(() => 3),
    )
  })

  test('adds a VLAN to those of a trunk', () => {
    const answer = fixesOf(labText({ kind: 'distributed', trunk: `{ vlan: "2-5,20", ${open} }` }))
    assert.deepEqual(changesOf(answer), [`${trunk}.vlan="2-5,10,20"`])
  })

  test('turns on flooding where learning does not flood', () => {
    const quiet = '{ vlan: 4095, security: { forgedTransmits: accept }, macLearning: { flooding: false } }'
    // An address that was learned needs no flooding, so the first frame must be a unicast one.
    const bytes = new Uint8Array(64)
    const { lab } = loadLab(labText({ kind: 'distributed', trunk: quiet }), load)
    const inner = (at: number) => lab?.top.machines[at]?.hypervisor?.inside.machines[0]?.nics[0]?.mac ?? ''
    bytes.set([inner(1), inner(0)].flatMap((mac) => mac.split(':').map((part) => Number.parseInt(part, 16))))
    bytes.set([8, 0], 12)
    const answer = fixesOf(labText({ kind: 'distributed', trunk: quiet }), {
      ...ping,
      what: { kind: 'frame', bytes },
    })
    assert.equal(changesOf(answer)[0], `${trunk}.macLearning.flooding=true`)
  })

  test('gives a switch without uplink a NIC that nobody uses', () => {
    const answer = fixesOf(labText({ trunk: `{ vlan: 4095, ${open} }`, uplinks: '[]' }))
    assert.equal(changesOf(answer)[0], 'machines.kvm.hypervisor.switches.br0.uplinks=["nic1"]')
  })

  test('changes the key that stands for several machines, and a template only as one', () => {
    const templated = labText({ trunk: `{ vlan: 4095, ${open} }`, uplinks: '[]' })
      .replace('machines:\n  kvm:\n    count: 2', 'templates:\n  node:')
      .concat('machines:\n  kvm: { count: 2, extends: node }\n')
    const answer = fixesOf(templated)
    assert.equal(changesOf(answer)[0], 'templates.node.hypervisor.switches.br0.uplinks=["nic1"]')
    assert.equal(answer.fixes[0]?.changes[0]?.template, 'node')
  })

  test('says how many may listen, and how many copies go out', () => {
    const answer = fixesOf(labText({ trunk: '{ vlan: 4095 }', count: 15 }))
    const { opens } = answer.fixes[0] ?? {}
    assert.equal(opens?.listeners, 15)
    assert.deepEqual(opens?.heardIn, ['v/trunk'])
    assert.equal(opens?.copies, 13, 'all hypervisors but the two that talk')
    assert.equal(opens?.pairs, 15 * 7 - 1, 'every other pair of VMs reaches each other as well')
  })

  test('without copies costs more when it is promiscuous', () => {
    const [learning, promiscuous] = fixesOf(
      labText({ kind: 'distributed', trunk: '{ vlan: 4095 }', count: 15 }),
    ).fixes
    assert.equal(learning?.opens.copies, 0)
    assert.equal(promiscuous?.opens.copies, 13)
  })

  test('is not proposed where none is known', () => {
    const answer = fixesOf(labText({ more: '  lonely: { image: tiny }\n' }), { ...ping, to: 'lonely' })
    assert.equal(answer.trace.cause?.reason, 'NO_NIC')
    assert.deepEqual(answer.fixes, [])
  })

  test('is given up, and this is said, when time runs out', () => {
    let now = 0
    const answer = fixesOf(labText({ kind: 'distributed', trunk: '{ vlan: 4095 }' }), ping, () => {
      now += 400
      return now
    })
    assert.match(answer.gaveUp ?? '', /time/)
    assert.deepEqual(answer.fixes, [])
  })

  test('stays a proposal where the file cannot be edited safely', () => {
    const aliased = labText({ kind: 'distributed', trunk: '&all { vlan: 4095 }\n      other: *all' })
    const [fix] = fixesOfUneditable(aliased)
    assert.equal(fix?.text, undefined)
    assert.equal(fix?.changes.length, 2)
  })
})

function fixesOfUneditable(text: string) {
  return findFix({ text, load }, ping, { nowMs: () => 0 })?.fixes ?? []
}
