/** An image on its way to a datastore: cut off before any call, broken off in its midst, read back by another client. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { Provider } from '#providers'
import { openVsphereProvider } from '../../src/providers/vsphere/index.ts'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { isRef, listAt, type MoRef, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connectTo, levelOn, never, orderOf } from './provider-bench.ts'
import { folderFor, inventoryOf } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
import { govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const bytes = randomBytes(4096)
const source = { kind: 'disk', name: 'system.qcow2', sha256: 'ab'.repeat(32) } as const
const orders = ['one', 'two'].map((name) => orderOf(name, []))

async function* broken() {
  yield bytes.subarray(0, 100)
  throw new Error('the disk was lost')
}

interface Tried {
  /** Calls that change something, and files, before the cut. */
  readonly most: number
  /** Only the beginning of the file can be read. */
  readonly breaksOff?: boolean
}

/** Tells whether it was cut off. */
async function cutAfter(
  server: Vcsim,
  { most, breaksOff = false }: Tried,
  work: (provider: Provider) => Promise<void>,
): Promise<boolean> {
  let left = most
  const counted = () => {
    if (left === 0) throw new Error('cut off')
    left -= 1
  }
  const level = await levelOn(server, {
    lab: 'tried',
    source,
    onCall: (method) => {
      if (/^(?!SearchDatastore).*_Task$|^(Make|Create)(Directory|Folder|ResourcePool)$/.test(method))
        counted()
    },
  })
  const open = async () => {
    counted()
    const read = () => Readable.from(breaksOff ? broken() : [bytes], { objectMode: false })
    return { sizeBytes: bytes.length, read, [Symbol.asyncDispose]: async () => {} }
  }
  const openDisk = async () => ({ key: 'image-0', capacityMiB: 8, open })
  const provider = openVsphereProvider({ ...level, openDisk })
  try {
    await work(provider)
    return false
  } catch (error) {
    assert.match(
      String(error),
      breaksOff ? /could not be sent to .*: (the disk was lost|socket hang up)/ : /cut off/,
    )
    return true
  } finally {
    await provider.close()
  }
}

async function climb(provider: Provider): Promise<void> {
  for (const order of orders) {
    await provider.create(order, never)
    await provider.start(order.machine.name, never)
  }
}

async function fall(provider: Provider): Promise<void> {
  const { machines } = await provider.inspect(never)
  for (const { name } of machines) await provider.remove(name, never)
  await provider.clear(never)
}

/** Files and folders of all datastores. */
async function filesOf(server: Vcsim): Promise<readonly string[]> {
  const connection = await connectTo(server)
  try {
    const root = connection.service('rootFolder')
    const stores = await allBelow(connection, root, { Datastore: ['name', 'browser'] })
    const all: string[] = []
    for (const { properties } of stores) {
      const browser = properties.get('browser')
      if (!isRef(browser as MoRef)) continue
      const datastorePath = `[${properties.get('name')}]`
      const parameters = { datastorePath }
      const task = 'SearchDatastoreSubFolders_Task'
      const found = await runTask(connection, task, browser as MoRef, parameters, {})
      for (const one of listAt(found, 'HostDatastoreBrowserSearchResults').concat(
        Array.isArray(found) ? found : [],
      ))
        for (const file of listAt(one, 'file'))
          all.push(`${textAt(one, 'folderPath')}${textAt(file, 'path')}`)
    }
    return all.toSorted()
  } finally {
    await connection.close()
  }
}

for (const kind of ['vcenter', 'esxi'] as const) {
  test(`on a ${kind}, machines of an image that are cut off before any call leave nothing behind`, async () => {
    await using strict = await startStrict({ kind, apiVersion: '7.0.3.0' })
    const server = { ...strict, pid: 0 }
    const whole = { most: Number.POSITIVE_INFINITY }
    const [before, files] = [strict.picture(), await filesOf(server)]
    let rounds = 0
    for (let most = 0; await cutAfter(server, { most }, climb); most += 1) {
      if (most % 2 === 1) {
        assert.equal(await cutAfter(server, whole, climb), false)
        assert.ok((await filesOf(server)).some((file) => file.endsWith('/two.vmdk')))
      }
      for (let fewer = most % 3; await cutAfter(server, { most: fewer }, fall); fewer += 3);
      assert.deepEqual(strict.picture(), before, `after ${most} calls`)
      assert.deepEqual(await filesOf(server), files, `after ${most} calls`)
      rounds = most
    }
    assert.ok(rounds >= 9, `${rounds} calls`)
  })
}

test('an image that broke off on its way is sent again, and no machine starts from a part', async () => {
  await using strict = await startStrict({ kind: 'vcenter', apiVersion: '8.0.3.0' })
  const server = { ...strict, pid: 0 }
  const whole = { most: Number.POSITIVE_INFINITY }
  assert.equal(await cutAfter(server, { ...whole, breaksOff: true }, climb), true)
  assert.ok(strict.picture().every((line) => !/VirtualMachine .*\/one$/.test(line)))
  assert.equal(await cutAfter(server, whole, climb), false)
  await cutAfter(server, whole, fall)
})

test('another client reads back from a server that others simulate what was sent there', {
  skip: lackingGo(),
}, async (t) => {
  const vcsim = await startVcsim({
    inventory: { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 },
  })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const before = await inventoryOf(vcsim)
  const level = await levelOn(vcsim, { lab: 'tried', source })
  const open = async () => ({
    sizeBytes: bytes.length,
    read: () => Readable.from([bytes], { objectMode: false }),
    [Symbol.asyncDispose]: async () => {},
  })
  const openDisk = async () => ({ key: 'image-0', capacityMiB: 8, open })
  const provider = openVsphereProvider({ ...level, openDisk })
  const [order] = orders
  assert.ok(order)
  // It copies only disks of two files.
  await assert.rejects(provider.create(order, never), /CopyVirtualDisk_Task/)
  const folder = 'nestlab-tried_images-the-test'
  const file = join(await folderFor(t), 'back.vmdk')
  await govc(vcsim, 'datastore.download', '-ds', 'LocalDS_0', `${folder}/image-0.vmdk`, file)
  assert.ok((await readFile(file)).equals(bytes))
  await provider.clear(never)
  await provider.close()
  assert.ok(!(await govc(vcsim, 'datastore.ls', '-ds', 'LocalDS_0')).includes(folder))
  assert.deepEqual(await inventoryOf(vcsim), before)
})
