/** What the provider refuses on vSphere, with nothing done. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabSwitch } from '#lab'
import { never, orderOf } from './provider-bench.ts'
import { group, host, learning, openFor, refusal, simulator, switchOf, trunk } from './provider-tries.ts'
import { inventoryOf } from './site-bench.ts'
import { govc, lackingGo } from './vcsim.ts'

const skip = lackingGo()

test('names that somebody else has are refused, and nothing is done', { skip }, async (t) => {
  const vcsim = await simulator(t)
  await govc(vcsim, 'host.vswitch.add', '-host', host, 'tried_lan')
  await govc(vcsim, 'host.vswitch.add', '-host', host, 'other')
  await govc(vcsim, 'host.portgroup.add', '-host', host, '-vswitch', 'other', 'tried_front')
  const before = await inventoryOf(vcsim)
  const provider = await openFor(t, vcsim)
  const byName = await refusal(provider.putSwitch(switchOf(), 'one', never))
  assert.equal(byName.code, 'vsphere-name-taken')
  assert.match(byName.message, /tried_lan/)
  const named = switchOf({ name: 'dmz', portgroups: [group('front')] })
  const byGroup = await refusal(provider.putSwitch(named, 'one', never))
  assert.match(byGroup.message, /tried_front/)
  const wide = switchOf({ name: 'wide', kind: 'distributed', portgroups: [group('front')] })
  assert.match((await refusal(provider.putSwitch(wide, 'one', never))).message, /tried_front/)
  assert.ok((await provider.clear(never)).every((line) => /record|folder|pool/.test(line)))
  assert.deepEqual(await inventoryOf(vcsim), before)
})

test('a folder or pool that somebody else has is refused before anything is made', { skip }, async (t) => {
  for (const make of [
    ['folder.create', '/DC0/vm/nestlab-tried'],
    ['pool.create', '/DC0/host/DC0_C0/Resources/nestlab-tried'],
  ]) {
    const vcsim = await simulator(t)
    await govc(vcsim, ...make)
    const before = await inventoryOf(vcsim)
    const provider = await openFor(t, vcsim)
    assert.match((await refusal(provider.putSwitch(switchOf(), 'one', never))).message, /nestlab-tried/)
    assert.deepEqual(await inventoryOf(vcsim), before)
  }
})

test('what others have put into the folder or onto a switch of the lab stops its removal', {
  skip,
}, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  await provider.putSwitch(switchOf(), 'one', never)
  await provider.create(orderOf('web', [{ switchName: 'lan', portgroup: 'main' }]), never)
  await govc(vcsim, 'host.portgroup.add', '-host', host, '-vswitch', 'tried_lan', 'guest of others')
  await govc(
    vcsim,
    'vm.create',
    '-on=false',
    '-net',
    '/DC0/network/VM Network',
    '-folder',
    '/DC0/vm/nestlab-tried',
    'visitor',
  )
  await provider.remove('web', never)
  assert.match((await refusal(provider.dropSwitch('lan', never))).message, /guest of others/)
  await govc(vcsim, 'host.portgroup.remove', '-host', host, 'guest of others')
  await provider.dropSwitch('lan', never)
  const full = await refusal(provider.clear(never))
  assert.deepEqual([full.code, /visitor/.test(full.message)], ['vsphere-foreign-inside', true])
  await govc(vcsim, 'vm.destroy', '/DC0/vm/nestlab-tried/visitor')
  assert.ok((await provider.clear(never)).includes('folder nestlab-tried'))
})

test('a lab of the same name that somebody else brought up is left alone', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const theirs = await openFor(t, vcsim, { owner: 'them' })
  await theirs.putSwitch(switchOf(), 'one', never)
  const ours = await openFor(t, vcsim, { owner: 'us' })
  for (const work of [
    () => ours.inspect(never),
    () => ours.putSwitch(switchOf(), 'two', never),
    () => ours.dropSwitch('lan', never),
    () => ours.clear(never),
  ]) {
    assert.equal((await refusal(work())).code, 'vsphere-lab-of-another')
  }
})

test('without the keys of a lab nothing on the server is of the lab, and nothing is removed', {
  skip,
}, async (t) => {
  const vcsim = await simulator(t)
  const theirs = await openFor(t, vcsim, { owner: 'them' })
  await theirs.putSwitch(switchOf(), 'one', never)
  await theirs.create(orderOf('web', [{ switchName: 'lan', portgroup: 'main' }]), never)
  const before = await inventoryOf(vcsim)
  const nobody = await openFor(t, vcsim, { owner: undefined })
  assert.deepEqual(await nobody.inspect(never), { machines: [], switches: [] })
  await nobody.remove('web', never)
  await nobody.dropSwitch('lan', never)
  assert.deepEqual(await nobody.clear(never), [])
  assert.deepEqual(await inventoryOf(vcsim), before)
})

test('what no switch of vSphere does is refused by name', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const before = await inventoryOf(vcsim)
  const provider = await openFor(t, vcsim)
  const old = await openFor(t, await simulator(t, { apiVersion: '6.5' }))
  const wide = (more: Partial<LabSwitch>) => switchOf({ kind: 'distributed', ...more })
  const learner = group('learner', { macLearning: learning })
  const cases: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
    [
      () => provider.putSwitch(switchOf({ portgroups: [group('some', { vlan: trunk })] }), '1', never),
      /some.*10-20,30/,
    ],
    [() => provider.putSwitch(switchOf({ portgroups: [learner] }), '1', never), /learner/],
    [
      () => provider.putSwitch(wide({ version: '6.5.0', portgroups: [learner] }), '1', never),
      /learner.*6\.5\.0/,
    ],
    [() => old.putSwitch(wide({ portgroups: [learner] }), '1', never), /learner.*API 6\.5/],
    [() => provider.putSwitch(switchOf({ kind: 'hyperv' }), '1', never), /Hyper-V/],
    [
      () => provider.putSwitch(switchOf({ hosts: ['DC0_C0_H0', 'H9'] }), '1', never),
      /no host for switch lan H9.*DC0_C0_H0, DC0_C0_H1/,
    ],
    [
      () => provider.putSwitch(wide({ portgroups: [group('some', { hosts: ['DC0_C0_H0'] })] }), '1', never),
      /port group some is to be on some of its hosts only/,
    ],
    [
      () => provider.putSwitch(switchOf({ uplinks: [{ kind: 'nic', name: 'vmnic9' }] }), '1', never),
      /vmnic9/,
    ],
  ]
  for (const [work, words] of cases) assert.match((await refusal(work())).message, words)
  await provider.clear(never)
  assert.deepEqual(await inventoryOf(vcsim), before)
})

test('a lab file cannot reach files or devices of the host through settings', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  await provider.putSwitch(switchOf(), 'one', never)
  for (const name of [
    'serial0.fileName',
    'sched.swap.dir',
    'nestlab.lab',
    'scsi0:0.fileName',
    'annotation',
  ]) {
    const order = orderOf('web', [], { traits: { hardware: { settings: { [name]: '/etc/shadow' } } } })
    assert.match((await refusal(provider.create(order, never))).message, new RegExp(name.replace('.', '\\.')))
  }
  const quote = orderOf('web', [], { traits: { hardware: { settings: { 'guestinfo.x': 'a"\nb' } } } })
  assert.equal((await refusal(provider.create(quote, never))).code, 'vsphere-cannot')
  assert.deepEqual((await provider.inspect(never)).machines, [])
})
