/** ISO files of the site that lie in drives of nested hosts, which machines inside use as devices of their host (R094). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#failure'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { isList } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connectTo, never } from './provider-bench.ts'
import { folderFor, labOn, openSiteBench } from './site-bench.ts'
import { credentials, type Strict, startStrict } from './strict-bench.ts'
import { readMachine } from './strict-place.ts'

const quiet = { onEvent: () => {}, signal: never }
const iso = '[datastore1] iso/tiny.iso'
const drives = [
  { name: 'mpx.vmhba1:C0:T0:L0', model: 'VMware IDE CDR00' },
  { name: 'mpx.vmhba64:C0:T0:L0', model: 'VMware IDE CDR10' },
]

function lab(app: Record<string, unknown> = {}) {
  return {
    name: 'passed',
    switches: { lan: { portgroups: { main: {} } } },
    machines: {
      esxi: {
        nics: [{ portgroup: 'main' }, { portgroup: 'main' }],
        hypervisor: {
          product: 'esxi',
          version: '6.7',
          switches: { vSwitch0: { uplinks: ['nic1'], portgroups: { apps: {} } } },
          machines: { app: { count: 2, image: 'tiny', nics: [{ portgroup: 'apps' }], ...app } },
        },
      },
    },
  }
}

async function upload(server: Strict, path: string): Promise<void> {
  const center = server.kind === 'vcenter' ? 'DC0' : 'ha-datacenter'
  const address = new URL(`/folder/${path}?dcPath=${center}&dsName=datastore1`, server.url)
  const authorization = `Basic ${Buffer.from(`${credentials.user}:${await credentials.password()}`).toString('base64')}`
  const { status } = await fetch(address, { method: 'PUT', body: 'an image', headers: { authorization } })
  assert.equal(status, 201)
}

/** `controller:unit backing` of the drives of the machine of that name. */
async function drivesOf(server: Strict, name: string): Promise<readonly string[]> {
  const connection = await connectTo({ ...server, pid: 0 })
  try {
    const all = await allBelow(connection, connection.service('rootFolder'), { VirtualMachine: ['name'] })
    const found = all.find(({ properties }) => properties.get('name') === name)
    assert.ok(found)
    const { devices } = await readMachine(connection, found.ref)
    return devices
      .filter(({ $type }) => $type === 'VirtualCdrom')
      .map(({ controllerKey, unitNumber, backing }) => {
        assert.ok(typeof backing === 'object' && !isList(backing))
        const { fileName, deviceName } = backing as Record<string, unknown>
        return `${controllerKey}:${unitNumber} ${fileName ?? deviceName}`
      })
  } finally {
    await connection.close()
  }
}

async function started(t: { after(clean: () => Promise<void>): void }, hostDrives = drives) {
  const center = await startStrict({ kind: 'vcenter', apiVersion: '6.7' })
  const host = await startStrict({ kind: 'esxi', apiVersion: '6.7', inventory: { drives: hostDrives } })
  t.after(async () => {
    await center.close()
    await host.close()
  })
  await upload(center, 'iso/tiny.iso')
  const site = { reach: { esxi: host.url.href }, images: { tiny: iso } }
  const servers = { vcsim: { ...center, pid: 0 }, nested: [{ ...host, pid: 0 }] }
  const { engine } = await openSiteBench({ ...servers, folder: await folderFor(t), site })
  return { center, host, engine }
}

test('the ISO of inner machines lies in a drive of their host, and reaches them without being copied', async (t) => {
  const { center, host, engine } = await started(t)
  const before = await engine.plan(labOn(lab()), {}, never)
  const create = before.calls?.find(({ step }) => step === 'create-machine esxi')?.calls.join('\n')
  assert.match(
    create ?? '',
    /VirtualCdrom \{[^}]*VirtualCdromIsoBackingInfo \{fileName \[datastore1\] iso\/tiny\.iso\}/,
  )
  const status = await engine.up(labOn(lab()), quiet)
  assert.ok(status.machines.every(({ state }) => state === 'ready'))
  assert.deepEqual(await drivesOf(center, 'esxi'), [`201:0 ${iso}`])
  const device = '200:0 /vmfs/devices/cdrom/mpx.vmhba64:C0:T0:L0'
  assert.deepEqual(await drivesOf(host, 'passed_app-1'), [device])
  assert.deepEqual(await drivesOf(host, 'passed_app-2'), [device])
  assert.deepEqual((await engine.plan(labOn(lab()), {}, never)).steps, [])
  await engine.down('passed', quiet)
})

test('a copy on a datastore inside is used where the file says so', async (t) => {
  const { center, host, engine } = await started(t)
  await upload(host, 'iso/tiny.iso')
  await engine.up(labOn(lab({ iso: 'datastore' })), quiet)
  assert.deepEqual(await drivesOf(center, 'esxi'), [])
  assert.deepEqual(await drivesOf(host, 'passed_app-1'), [`200:0 ${iso}`])
})

test('a host without the drive is named before its machines are made', async (t) => {
  const { host, engine } = await started(t, drives.slice(0, 1))
  const error = await engine.up(labOn(lab()), quiet).then(
    () => assert.fail('it came up'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Failure)
  assert.match(
    String(error.cause ?? error) + error.message,
    /esxi has no drive with \[datastore1\] iso\/tiny\.iso/,
  )
  assert.ok(host.picture().every((line) => !line.includes('passed_app-')))
})

test('the drive of a physical host is not for machines', () => {
  const { pending } = labOn({ name: 'plain', machines: { a: { image: 'tiny', iso: 'host-device' } } })
  assert.deepEqual(
    pending.map(({ at }) => at),
    ['machines.a.iso'],
  )
})
