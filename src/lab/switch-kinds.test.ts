/** What each kind of switch lets through and learns where the file says nothing, and how the file says otherwise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab } from './load.ts'
import type { Level, PortGroup, ResolvedLab } from './model.ts'
import { resolvedYaml } from './resolved-yaml.ts'
import { showTree } from './show.ts'

function load(text: string): ResolvedLab {
  const { lab, problems } = loadLab(`nestlab: 1\nname: lab\n${text}`, { file: 'lab.yaml' })
  assert.deepEqual(problems, [])
  assert.ok(lab)
  const again = loadLab(resolvedYaml(lab), { file: 'lab.yaml' }).lab
  assert.deepEqual(again, lab, 'the resolved lab means the same lab')
  return lab
}

function groupsOf(level: Level): Record<string, PortGroup> {
  const groups = level.switches.flatMap(({ portgroups }) => portgroups)
  return Object.fromEntries(groups.map((group) => [group.name, group]))
}

/** promiscuous, forgedTransmits, macChanges as one letter each. */
function letters(group: PortGroup | undefined): string {
  assert.ok(group)
  const { promiscuous, forgedTransmits, macChanges } = group.security
  return [promiscuous, forgedTransmits, macChanges].map((verdict) => verdict.charAt(0)).join('')
}

test('each kind of switch has its own defaults', () => {
  const groups = groupsOf(
    load(`switches:
  s: { portgroups: { a: {} } }
  d: { kind: distributed, portgroups: { b: {} } }
  n: { kind: learning, portgroups: { c: {} } }
  h: { kind: hyperv, portgroups: { d: {}, e: { macSpoofing: true } } }`).top,
  )
  assert.deepEqual(Object.values(groups).map(letters), ['raa', 'rrr', 'raa', 'rrr', 'raa'])
  assert.deepEqual(
    Object.values(groups).map(({ macLearning }) => macLearning?.limit),
    [undefined, undefined, 32_768, undefined, 4096],
  )
})

test('from ESXi 7.0 on, a standard switch rejects forged transmits and MAC changes', () => {
  const inside = (version: string) => {
    const lab = load(`machines:
  m: { hypervisor: { product: esxi, version: "${version}", switches: { s: { portgroups: { a: {} } } } } }`)
    const [machine] = lab.top.machines
    assert.ok(machine?.hypervisor)
    return letters(groupsOf(machine.hypervisor.inside).a)
  }
  assert.deepEqual(['5.5', '6.7', '7.0', '8.0'].map(inside), ['raa', 'raa', 'rrr', 'rrr'])
})

test('at level 0 the newest ESXi that the site describes decides', () => {
  const site = (...versions: string[]) => {
    const hosts = versions.map((version, at) => `h${at}: { product: esxi, version: "${version}" }`)
    const lab = load(`site: { kind: facts, hosts: { ${hosts.join(', ')} } }
switches: { s: { portgroups: { a: {} } } }`)
    return letters(groupsOf(lab.top).a)
  }
  assert.deepEqual([site('5.5', '6.7'), site('6.7', '7.0U3')], ['raa', 'rrr'])
})

test('inside Hyper-V, switches are Hyper-V switches unless the file says otherwise', () => {
  const lab = load(`machines:
  m: { hypervisor: { product: hyperv, switches: { s: { portgroups: { a: { macSpoofing: true } } }, t: { kind: standard } } } }`)
  const kinds = lab.top.machines[0]?.hypervisor?.inside.switches.map(({ kind }) => kind)
  assert.deepEqual(kinds, ['hyperv', 'standard'])
})

test('MAC learning is true, dvfilter or a map, each value with its default', () => {
  const groups = groupsOf(
    load(`switches:
  d:
    kind: distributed
    portgroups:
      a: { macLearning: true }
      b: { macLearning: { limit: 2, limitPolicy: drop, flooding: false, ageingSeconds: 0 } }
      c: { macLearning: false }
      d: { macLearning: dvfilter, security: { promiscuous: accept } }
  n: { kind: learning, portgroups: { e: { macLearning: { ageingSeconds: 60 } } } }`).top,
  )
  const learning = Object.values(groups).map(({ macLearning }) => macLearning)
  assert.deepEqual(learning, [
    { by: 'switch', limit: 4096, limitPolicy: 'allow', flooding: true, ageingS: 300 },
    { by: 'switch', limit: 2, limitPolicy: 'drop', flooding: false, ageingS: 0 },
    undefined,
    { by: 'dvfilter', limit: 4096 },
    { by: 'switch', limit: 32_768, limitPolicy: 'allow', flooding: true, ageingS: 60 },
  ])
})

test('what a switch does unusually is kept and shown', () => {
  const lab = load(`switches:
  d: { kind: distributed, promiscuousScope: portgroup, floodingGate: both, reversePathCheck: true, portgroups: { a: { macLearning: true } } }
  h: { kind: hyperv, portgroups: { b: { macSpoofing: true } } }`)
  const [labSwitch] = lab.top.switches
  assert.equal(labSwitch?.promiscuousScope, 'portgroup')
  assert.equal(labSwitch?.floodingGate, 'both')
  assert.equal(labSwitch?.reversePathCheck, true)
  const tree = showTree(lab)
  assert.match(tree, /promiscuous within port groups, flooding gated by the sender too, reverse path check/)
  assert.match(tree, /MAC learning up to 4096 \(allow beyond, kept for 300 s\)/)
  assert.match(tree, /port group b {2}no VLAN; MAC spoofing on/)
})

test('every kind can be brought up at level 0', () => {
  const kinds = ['standard', 'distributed', 'learning', 'hyperv']
  assert.deepEqual(
    load(`switches: { ${kinds.map((kind) => `${kind}: { kind: ${kind} }`).join(', ')} }`).pending,
    [],
  )
})
