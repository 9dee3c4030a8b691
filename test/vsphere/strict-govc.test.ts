/** A client that others wrote works with the strict server, so that it does not only agree with ours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startStrict } from './strict-bench.ts'
import { govc, lackingGo } from './vcsim.ts'

const skip = lackingGo()

for (const [kind, apiVersion, datacenter] of [
  ['vcenter', '6.5', 'DC0'],
  ['vcenter', '9.0.0.0', 'DC0'],
  ['esxi', '6.7', 'ha-datacenter'],
] as const) {
  test(`govc makes, reads and removes on ${kind} of API ${apiVersion}`, { skip }, async () => {
    await using strict = await startStrict({ kind, apiVersion, tls: 'self-signed' })
    const before = strict.picture()
    const run = (...words: readonly string[]) => govc({ ...strict, pid: process.pid }, ...words)
    const host = ['-host', kind === 'esxi' ? 'localhost.localdomain' : 'esx-1-1.lab.example']
    const vm = `/${datacenter}/vm/web`
    await run('host.vswitch.add', ...host, '-mtu', '9000', 'lab')
    await run('host.portgroup.add', ...host, '-vswitch', 'lab', '-vlan', '4095', 'trunk')
    await run(
      'vm.create',
      ...host,
      '-on=false',
      '-ds',
      'datastore1',
      '-net',
      'trunk',
      '-disk',
      '1G',
      '-m',
      '256',
      'web',
    )
    await run('vm.change', '-vm', vm, '-nested-hv-enabled=true', '-e', 'guestinfo.role=web')
    await run('vm.power', '-on', vm)
    const [{ config, runtime }] = JSON.parse(await run('vm.info', '-json', vm)).virtualMachines
    assert.deepEqual(
      [config.nestedHVEnabled, config.hardware.memoryMB, runtime.powerState],
      [true, 256, 'poweredOn'],
    )
    await run('snapshot.create', '-vm', vm, '-m=false', 'base')
    assert.match(await run('snapshot.tree', '-vm', vm), /base/)
    const [shown] = JSON.parse(await run('host.portgroup.info', ...host, '-json')).portgroup.filter(
      ({ spec }: { readonly spec: { readonly name: string } }) => spec.name === 'trunk',
    )
    assert.equal(shown.spec.vlanId, 4095)
    const listed = (await run('find', `/${datacenter}`)).trim().split('\n')
    assert.ok(listed.includes(vm), listed.join())
    await run('vm.destroy', vm)
    await run('host.vswitch.remove', ...host, 'lab')
    assert.deepEqual(strict.picture(), before)
  })
}

test('a distributed port group that govc makes has its range of VLANs', { skip }, async () => {
  await using strict = await startStrict({ apiVersion: '8.0.3.0', tls: 'self-signed' })
  const run = (...words: readonly string[]) => govc({ ...strict, pid: process.pid }, ...words)
  await run('dvs.create', '-folder', '/DC0/network', '-mtu', '9000', 'wide')
  await run('dvs.portgroup.add', '-dvs', 'wide', '-vlan-mode', 'trunking', '-vlan-range', '10-20', 'far')
  const [read] = JSON.parse(
    await run('object.collect', '-json', '/DC0/network/far', 'config.defaultPortConfig'),
  )
  assert.deepEqual(
    read.val.vlan.vlanId.map(({ start, end }: Record<string, number>) => [start, end]),
    [[10, 20]],
  )
})
