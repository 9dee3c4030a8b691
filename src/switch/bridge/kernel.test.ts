/**
 * The commands on a real bridge in a network namespace of its own. Kernels without VLAN filtering are spared the VLANs;
 * test/real/kernel-plane.test.ts has them all.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { macOf } from '../cases/read.fixture.ts'
import { caseTable } from '../cases/table.fixture.ts'
import type { PortGroupSpec, SwitchSpec } from '../spec.ts'
import { type Argv, compileBridge, compilePorts, compileRules, removeBridge, removePorts } from './compile.ts'
import { differences, hurried, isFlat, unlike } from './differences.fixture.ts'
import { type CaseResult, KernelBench, withoutVlans } from './kernel-bench.fixture.ts'
import { type Namespace, openNamespace } from './namespace.fixture.ts'
import type { BridgePlan } from './plan.ts'

const cases = unlike(caseTable).filter(isFlat).map(hurried)
let place: Namespace
let bench: KernelBench
let results: readonly CaseResult[]

before(async () => {
  place = await openNamespace(9)
  bench = await KernelBench.open(place)
  const sent = cases.filter((one) => !differences.skipped(one))
  results = await bench.runAll(sent, differences.pauseMs)
})

after(() => {
  bench?.close()
  place?.close()
})

for (const { title, ...one } of cases) {
  test(`kernel: ${title}`, { skip: differences.skipped({ title, ...one }) }, () => {
    const result = results.find((each) => each.title === title)
    assert.ok(result)
    differences.check(result)
  })
}

const group = (name: string, accepted: 'accept' | 'reject'): PortGroupSpec => ({
  name,
  vlan: { mode: 'none' },
  security: { promiscuous: accepted, forgedTransmits: accepted, macChanges: 'reject' },
})
const spec: SwitchSpec = {
  name: 'br0',
  kind: 'standard',
  mtu: 1500,
  uplinks: [],
  portgroups: [group('strict', 'reject'), group('open', 'accept')],
}
const portOf = (at: number, letter: string, portgroup = 'strict') => ({
  portgroup,
  tapDevice: `tap${at}`,
  mac: macOf(letter),
})
const plan: BridgePlan = {
  spec,
  uplinks: [{ device: 'tap3' }],
  ports: [portOf(0, 'A'), portOf(1, 'B'), portOf(2, 'C', 'open')],
}

function frameBetween(source: string, destination: string): Uint8Array {
  const head = Buffer.from(`${macOf(destination)}${macOf(source)}`.replaceAll(':', ''), 'hex')
  return new Uint8Array(Buffer.concat([head, Buffer.from([0x88, 0xb5]), Buffer.alloc(46)]))
}

function apply(argvs: readonly Argv[]): void {
  for (const argv of argvs)
    place.inside(...argv.map((word) => (place.filtersVlans ? word : withoutVlans(word))))
}

/** All that the commands have a say in. */
function state(): string {
  const all =
    'nft list tables bridge; nft list table bridge br-br0; bridge -d link show; bridge vlan show; ip -o link show | grep -o " alias.*"; true'
  return place.inside('sh', '-c', all)
}

test('a reload loses no frame that both versions pass, nor what was learned', async () => {
  const learns = { by: 'switch', limit: 4, limitPolicy: 'drop', flooding: false, ageingS: 300 } as const
  const quiet: PortGroupSpec = { ...group('quiet', 'reject'), macLearning: learns }
  const forging = { ...quiet, security: { ...quiet.security, forgedTransmits: 'accept' as const } }
  const wish = (mtu: number, ...others: PortGroupSpec[]): BridgePlan => ({
    spec: { ...spec, kind: 'distributed', mtu, portgroups: [forging, ...others] },
    uplinks: [],
    ports: [portOf(0, 'A', 'quiet'), portOf(1, 'B', 'quiet')],
  })
  const before = wish(1500)
  const versions = [
    wish(1400, group('strict', 'accept')),
    { ...before, ports: [...before.ports, portOf(2, 'C', 'quiet')] },
  ]
  // The rules of the cases see these links as well.
  apply([...removeBridge('vSwitch0'), ...compileBridge(before)])
  await bench.during(frameBetween('x', 'A'), { from: 1, to: 0 }, () => place.run('true').then(() => {}))
  const { sent, received } = await bench.during(frameBetween('A', 'x'), { from: 0, to: 1 }, async () => {
    for (const version of [...versions, before, ...versions]) {
      const text = compileBridge(version)
        .map((argv) => argv[2] ?? '')
        .join('\n')
      await place.run(place.filtersVlans ? text : withoutVlans(text))
    }
  })
  assert.ok(sent > 20)
  assert.equal(received, sent)
  apply(removeBridge(spec.name))
})

test('run twice, the commands leave what they left the first time', () => {
  apply(compileBridge(plan))
  const first = state()
  apply(compileBridge(plan))
  assert.equal(state(), first)
  apply(compilePorts(plan, [portOf(0, 'A')]))
  assert.equal(state(), first)
  apply([
    compileRules({
      ...plan,
      spec: { ...spec, portgroups: [group('strict', 'accept'), group('open', 'accept')] },
    }),
  ])
  assert.notEqual(state(), first)
  apply([compileRules(plan)])
  assert.equal(state(), first)
})

test('an uplink no longer wanted is unplugged, and so is a port; the rest goes with the bridge', () => {
  apply(compileBridge(plan))
  const without = { ...plan, uplinks: [], ports: plan.ports.slice(1) }
  apply(compileBridge({ ...plan, uplinks: [] }))
  for (let i = 0; i < 2; i++) apply(removePorts(without, [portOf(0, 'A')]))
  const links = place.inside('bridge', 'link', 'show')
  assert.doesNotMatch(links, /tap[03].* br-br0/)
  assert.match(links, /tap1.* br-br0/)
  for (const map of ['arriving', 'leaving']) {
    const listed = place.inside('nft', 'list', 'map', 'bridge', 'br-br0', map)
    assert.match(listed, /"tap1"/)
    assert.doesNotMatch(listed, /"tap[03]"/)
  }
  for (let i = 0; i < 2; i++) apply(removeBridge(spec.name))
  assert.doesNotMatch(place.inside('nft', 'list', 'tables'), /br-br0/)
  assert.doesNotMatch(place.inside('bridge', 'link', 'show'), /br-br0/)
})
