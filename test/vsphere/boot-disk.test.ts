/** Disk images of this machine are brought to a datastore of the site, and each machine starts from a copy of its own. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { listAt, numberAt, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { openCommandBench } from './command-bench.ts'
import { connectTo } from './provider-bench.ts'
import { folderFor } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
import type { Vcsim } from './vcsim.ts'

const run = promisify(execFile)

/** A qcow2 of 8 MiB with something in it, and its sum. */
async function diskIn(folder: string): Promise<{ readonly sha256: string; readonly content: Buffer }> {
  const content = randomBytes(65_536)
  const raw = join(folder, 'raw.img')
  await writeFile(raw, content)
  await run('qemu-img', ['resize', '-q', '-f', 'raw', raw, '8M'])
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, join(folder, 'system.qcow2')])
  const sha256 = createHash('sha256')
    .update(await readFile(join(folder, 'system.qcow2')))
    .digest('hex')
  return { sha256, content }
}

const labWith = (sha256: string, more = '') => `nestlab: 1
name: booted
switches: { lan: { portgroups: { main: {} } } }
templates: { system: { image: { file: system.qcow2, sha256: ${sha256} }, memory: 64MiB } }
machines:
  web: { extends: system, count: 2, nics: [{ portgroup: main }] ${more} }
  big: { extends: system, bootDisk: 64MiB }
`

/** Files of all datastores with their sizes, and the disks of machines. */
async function storesOf(server: Vcsim) {
  const connection = await connectTo(server)
  try {
    const root = connection.service('rootFolder')
    const machines = await allBelow(connection, root, { VirtualMachine: ['name', 'config.hardware.device'] })
    return new Map(
      machines.map(({ properties }) => {
        const devices = listAt(properties.get('config.hardware.device'), 'VirtualDevice')
        const all = devices.length > 0 ? devices : [properties.get('config.hardware.device')].flat()
        const disks = all.filter((one) => textAt(one as never, 'backing', 'fileName')?.endsWith('.vmdk'))
        return [
          String(properties.get('name')),
          disks.map((one) => ({
            file: textAt(one as never, 'backing', 'fileName') ?? '',
            mib: (numberAt(one as never, 'capacityInKB') ?? 0) / 1024,
          })),
        ] as const
      }),
    )
  } finally {
    await connection.close()
  }
}

for (const kind of ['vcenter', 'esxi'] as const) {
  test(`machines of a ${kind} start from copies of an image of this machine`, async (t) => {
    await using strict = await startStrict({ kind, apiVersion: '8.0.3.0' })
    const server = { ...strict, pid: 0 }
    await using bench = await openCommandBench(server)
    const { desk, witness } = bench
    const { sha256, content } = await diskIn(desk.folder)
    await desk.write('booted.lab.yaml', labWith(sha256))
    const before = strict.picture()
    const done = async (...args: readonly string[]) => {
      const ended = await bench.run(args)
      assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
      return ended.stdout
    }
    const plan = await done('plan', '--site', 'home')
    assert.match(
      plan,
      new RegExp(
        `PUT \\[\\S+\\] nestlab-booted_images-\\w*/${sha256.slice(0, 16)}-0\\.vmdk, made from system`,
      ),
    )
    assert.deepEqual(
      witness.methods.filter((one) => one.startsWith('PUT')),
      [],
    )
    await done('up', '--site', 'home')
    const puts = witness.methods.filter((one) => one.startsWith('PUT'))
    assert.equal(puts.length, 2, 'one image in two sizes')
    const disks = await storesOf(server)
    const name = (own: string) => (kind === 'vcenter' ? own : `booted_${own}`)
    assert.match(disks.get(name('web-1'))?.[0]?.file ?? '', /nestlab-booted_images-\w{16}\/web-1\.vmdk$/)
    assert.equal(disks.get(name('web-2'))?.[0]?.mib, 8)
    assert.equal(disks.get(name('big'))?.[0]?.mib, 64)
    // What was sent is a VMDK with that in it.
    const sent = await fetched(server, puts[0] ?? '')
    const folder = await folderFor(t)
    await writeFile(join(folder, 'sent.vmdk'), sent)
    await run('qemu-img', [
      'convert',
      '-f',
      'vmdk',
      '-O',
      'raw',
      join(folder, 'sent.vmdk'),
      join(folder, 'back.img'),
    ])
    assert.ok((await readFile(join(folder, 'back.img'))).subarray(0, content.length).equals(content))
    assert.deepEqual(
      (await readdir(join(desk.folder, '.home', 'state', 'scratch'))).filter((one) =>
        one.startsWith('vmdk-'),
      ),
      [],
    )

    witness.methods.length = 0
    await desk.write('booted.lab.yaml', labWith(sha256).replace('count: 2', 'count: 3'))
    await done('up', '--site', 'home')
    assert.deepEqual(
      witness.methods.filter((one) => one.startsWith('PUT')),
      [],
      'it was there',
    )
    await done('down')
    assert.deepEqual(strict.picture(), before)
    const gone = await fetch(new URL(`${puts[0]?.slice('PUT '.length)}?dsName=datastore1`, server.url), {
      headers: {
        authorization: `Basic ${Buffer.from(`${server.user}:${server.password}`).toString('base64')}`,
      },
    })
    assert.equal(gone.status, 404)
  })
}

async function fetched(server: Vcsim, put: string): Promise<Buffer> {
  const url = new URL(put.slice('PUT '.length), server.url)
  url.searchParams.set('dsName', 'datastore1')
  const authorization = `Basic ${Buffer.from(`${server.user}:${server.password}`).toString('base64')}`
  const response = await fetch(url, { headers: { authorization } })
  assert.equal(response.status, 200)
  return Buffer.from(await response.arrayBuffer())
}
