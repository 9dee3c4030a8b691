/** Classic mistakes on real machines: the ping fails, `trace --fix` changes the file, and the running lab pings. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LabStatus } from '#engine'
import { isThorough } from '../sample.ts'
import { type LabFile, labFile, leftovers, nestlab, succeed } from './command.ts'
import './alone.ts'

const folder = fileURLToPath(new URL('../../examples/broken/network', import.meta.url))
const name = 'test-broken'

/**
 * Those that one lab can go through while it runs. The others want machines made anew (a NIC elsewhere, another MTU or
 * address) or an uplink changed under a NIC's address; test/network/broken.test.ts holds them to the live switch.
 */
const all = ['01', '02', '03', '04', '05', '07', '08', '13', '06', '09']
/** Each takes half a minute: `make test-all` goes through all of them. */
const live = isThorough ? all : ['01']

/** The text of the file with that number, as a file of the one lab. */
async function broken(number: string): Promise<string> {
  const file = (await readdir(folder)).find((one) => one.startsWith(`${number}-`))
  assert.ok(file, `there is no broken lab ${number}`)
  return (await readFile(join(folder, file), 'utf8')).replace(`name: broken-${number}`, `name: ${name}`)
}

async function addressOf(path: string): Promise<string> {
  const status = JSON.parse(await succeed(['status', '--lab', name, '--json'])) as LabStatus
  const machine = status.machines.find((one) => one.path === path)
  const address = machine?.addresses.find((one) => one.startsWith('10.0.10.'))
  assert.ok(address, `${path} reports no address in 10.0.10.0/24`)
  return address.split('/')[0] ?? ''
}

async function ping(to: string, count: string): Promise<number | null> {
  return (await nestlab(['exec', '--lab', name, 'kvm/web', '--', 'ping', '-c', count, '-W', '1', to])).code
}

async function bootOf(path: string): Promise<string> {
  return await succeed(['exec', '--lab', name, path, '--', 'cat', '/proc/sys/kernel/random/boot_id'])
}

/** What `nestlab check` says of them beforehand; they are brought up all the same, to see it happen. */
const accepted = ['forged-transmits', 'promiscuous', 'vlan-trunk', 'hyperv-spoofing']
const accept = ['--accept', accepted.map((one) => `network/${one}`).join(',')]

async function breakAndFix(lab: LabFile, text: string, target: string): Promise<void> {
  await lab.rewrite(() => text)
  await succeed(['up', '-f', lab.file, ...accept])
  assert.notEqual(await ping(target, '1'), 0, 'the mistake shows')
  await succeed(['trace', '-f', lab.file, 'kvm/web', 'client', '--fix', '--yes'])
  await succeed(['up', '-f', lab.file])
  assert.equal(await ping(target, '3'), 0, 'the fix helps')
}

test('a mistake in a network is found, fixed in the file, and healed on the running lab', async (t) => {
  const [first = ''] = live
  await using lab = await labFile(name, await broken(first))
  await succeed(['up', '-f', lab.file, ...accept])
  const target = await addressOf('client')
  const boot = await bootOf('kvm/web')
  for (const number of live) {
    await t.test(`broken lab ${number}`, async () => await breakAndFix(lab, await broken(number), target))
  }
  assert.equal(await bootOf('kvm/web'), boot, 'no machine was started anew')
  await succeed(['down', '--lab', name])
  assert.deepEqual(await leftovers(name), [])
})
