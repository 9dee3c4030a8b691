/** The order in which a lab with a vCenter of its own goes up and stops, and how each machine is asked to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineEvent } from '#engine'
import { never } from './provider-bench.ts'
import { folderFor, labOn, nestedPassword, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
import { lackingGo, startVcsim } from './vcsim.ts'

const managed = {
  name: 'managed',
  switches: { lan: { portgroups: { main: {} } } },
  clusters: { compute: { members: ['esxi'] } },
  machines: {
    esxi: {
      nics: [{ portgroup: 'main', address: '10.0.0.5/24' }],
      hypervisor: { product: 'esxi', version: '6.7' },
    },
    other: { image: 'tiny', nics: [{ portgroup: 'main' }] },
    center: { image: 'tiny', role: 'vcenter', manages: ['compute'], nics: [{ portgroup: 'main' }] },
  },
}

const thumbprint = Array.from({ length: 20 }, () => 'AB').join(':')

function recording() {
  const done: string[] = []
  const notes: string[] = []
  const onEvent = (event: EngineEvent) => {
    if (event.kind === 'step-done') done.push(event.step.id)
    if (event.kind === 'note') notes.push(`${event.path}: ${event.text}`)
  }
  return { done, notes, run: { onEvent, signal: never } }
}

test('hosts join a cluster once their vCenter is up, and it is the last that stops, by its tools', async (t) => {
  const spareHosts = [{ name: '10.0.0.5', user: 'root', password: nestedPassword, thumbprint }]
  const strict = await startStrict({ kind: 'vcenter', apiVersion: '8.0.3.0', spareHosts })
  const host = { ...(await startStrict({ kind: 'esxi', apiVersion: '6.7' })), pid: 0 }
  t.after(() => Promise.all([strict.close(), host.close()]))
  const site = { reach: { esxi: host.url.href } }
  const wish = { vcsim: { ...strict, pid: 0 }, nested: [host], folder: await folderFor(t), thumbprint, site }
  const { engine } = await openSiteBench(wish)
  const up = recording()
  await engine.up(labOn(managed), up.run)
  assert.ok(
    up.done.indexOf('prove-guest center') < up.done.indexOf('put-cluster compute'),
    up.done.join(', '),
  )
  strict.controls.calls.length = 0
  const stop = recording()
  const { machines } = await engine.stop('managed', [], stop.run)
  assert.ok(machines.every(({ state }) => state === 'stopped'))
  assert.equal(stop.done.length, 3)
  assert.equal(stop.done.at(-1), 'stop-machine center')
  assert.equal(strict.controls.calls.filter((method) => method === 'ShutdownGuest').length, 3)
  assert.ok(!strict.controls.calls.includes('PowerOffVM_Task'))
  await engine.start('managed', [], up.run)
  await engine.down('managed', up.run)
})

test('a machine without tools that run is switched off at once, and that is said', {
  skip: lackingGo(),
}, async (t) => {
  const vcsim = await startVcsim({
    inventory: { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 },
  })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const calls: string[] = []
  const { engine } = await openSiteBench({
    vcsim,
    folder: await folderFor(t),
    onCall: (method) => calls.push(method),
  })
  const { run, notes } = recording()
  const { clusters: _, ...alone } = managed
  await engine.up(labOn({ ...alone, machines: { other: managed.machines.other } }), run)
  await engine.stop('managed', [], run)
  assert.deepEqual(notes, ['other: nothing in it hears the power button: switching the power off'])
  assert.ok(calls.includes('PowerOffVM_Task') && !calls.includes('ShutdownGuest'))
  await engine.down('managed', run)
})

const nested = {
  name: 'managed',
  switches: { lan: { portgroups: { main: {} } } },
  machines: {
    esxi: {
      nics: [{ portgroup: 'main' }, { portgroup: 'main' }],
      hypervisor: {
        product: 'esxi',
        version: '6.7',
        switches: { vSwitch0: { uplinks: ['nic1'], portgroups: { apps: {} } } },
        machines: { app: { image: 'tiny', nics: [{ portgroup: 'apps' }] } },
      },
    },
  },
}

test('a nested host without tools is shut down over its own interface once its machines are off', async (t) => {
  const center = {
    ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7', withoutTools: ['esxi'] })),
    pid: 0,
  }
  const onShutdown = () => center.crash('esxi')
  const host = { ...(await startStrict({ kind: 'esxi', apiVersion: '6.7', onShutdown })), pid: 0 }
  t.after(() => Promise.all([center.close(), host.close()]))
  const site = { reach: { esxi: host.url.href } }
  const { engine } = await openSiteBench({ vcsim: center, nested: [host], folder: await folderFor(t), site })
  const { run, notes } = recording()
  await engine.up(labOn(nested), run)
  const { machines } = await engine.stop('managed', [], run)
  assert.deepEqual(
    machines.map(({ path, state }) => `${path} ${state}`),
    ['esxi stopped', 'esxi/app missing'],
  )
  assert.deepEqual(
    notes.filter((note) => note.startsWith('esxi:')),
    [],
  )
  const { calls } = host.controls
  assert.ok(calls.indexOf('ShutdownGuest') < calls.indexOf('ShutdownHost_Task'))
  assert.equal(calls.filter((method) => method === 'ShutdownHost_Task').length, 1)
  assert.ok(!center.controls.calls.includes('PowerOffVM_Task'))
})

test('a nested host that does not take the request to shut down loses its power, and that is said', async (t) => {
  const center = {
    ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7', withoutTools: ['esxi'] })),
    pid: 0,
  }
  const host = { ...(await startStrict({ kind: 'esxi', apiVersion: '6.7' })), pid: 0 }
  t.after(() => Promise.all([center.close(), host.close()]))
  const site = { reach: { esxi: host.url.href } }
  const { engine } = await openSiteBench({ vcsim: center, nested: [host], folder: await folderFor(t), site })
  const { run, notes } = recording()
  await engine.up(labOn(nested), run)
  host.controls.failNext('ShutdownHost_Task', { fault: 'NotSupported' })
  await engine.stop('managed', [], run)
  const [first = '', second = ''] = notes.filter((note) => note.startsWith('esxi:'))
  assert.match(first, /did not take the request to shut down/)
  assert.match(second, /switching the power off/)
  assert.ok(center.controls.calls.includes('PowerOffVM_Task'))
})
