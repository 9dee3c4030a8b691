/** Switches that are there already: they get port groups of the lab, once somebody has agreed, and lose only those. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#failure'
import { never } from './provider-bench.ts'
import { folderFor, inventoryOf, labOn, openSiteBench } from './site-bench.ts'
import { govc, lackingGo, startVcsim } from './vcsim.ts'

const skip = lackingGo()
const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }
const onEvent = () => {}

const guestOfOthers = (name: string, more: Record<string, unknown>) => ({
  name: 'visitor',
  switches: {
    [name]: {
      existing: true,
      ...more,
      portgroups: {
        quiet: { security: { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' } },
        loud: { vlan: 'all', security: { promiscuous: 'accept', forgedTransmits: 'accept' } },
      },
    },
  },
  machines: { web: { image: 'tiny', nics: [{ portgroup: 'quiet' }, { portgroup: 'loud' }] } },
})

for (const [name, more] of [
  ['vSwitch0', {}],
  ['DVS0', { kind: 'distributed' }],
] as const) {
  test(`port groups come onto ${name}, which was there before, and go again`, { skip }, async (t) => {
    const vcsim = await startVcsim({ inventory })
    t.after(() => vcsim[Symbol.asyncDispose]())
    const before = await inventoryOf(vcsim)
    const { engine } = await openSiteBench({ vcsim, folder: await folderFor(t) })
    const lab = labOn(guestOfOthers(name, more))

    const asked: (readonly string[])[] = []
    const agrees = async (opened: readonly string[]) => asked.push(opened) > 1
    const refused = await engine.up(lab, { onEvent, signal: never, agrees }).catch((error: unknown) => error)
    assert.ok(refused instanceof Failure && refused.code === 'not-agreed', String(refused))
    assert.match(refused.message, /loud.*promiscuous/)
    assert.doesNotMatch(refused.message, /quiet/)
    assert.deepEqual(await inventoryOf(vcsim), before)

    const status = await engine.up(lab, { onEvent, signal: never, agrees })
    assert.deepEqual(
      status.machines.map(({ state }) => state),
      ['ready'],
    )
    assert.equal(asked.length, 2)
    const networks = await govc(vcsim, 'find', '/DC0/network')
    assert.match(networks, /visitor_quiet/)
    assert.match(networks, /visitor_loud/)
    assert.ok(!/visitor_(vSwitch0|DVS0)/.test(networks))
    assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])
    await engine.down('visitor', { onEvent, signal: never })
    assert.deepEqual(await inventoryOf(vcsim), before)
  })
}

test('a switch that is not there is refused by name, with those that are', { skip }, async (t) => {
  const vcsim = await startVcsim({ inventory })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const before = await inventoryOf(vcsim)
  const { engine } = await openSiteBench({ vcsim, folder: await folderFor(t) })
  const options = { onEvent, signal: never, agrees: async () => true }
  const refused = await engine.up(labOn(guestOfOthers('vSwitch7', {})), options).catch(String)
  assert.match(String(refused), /vSwitch7.*vSwitch0/s)
  await engine.down('visitor', { onEvent, signal: never })
  assert.deepEqual(await inventoryOf(vcsim), before)
})
