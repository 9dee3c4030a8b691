/** Two tenants with the same addresses on two hypervisors, over a switch that rejects whatever can be rejected. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { labFile, leftovers, nestlab, succeed } from './command.ts'
import './alone.ts'

const example = fileURLToPath(new URL('../../examples/overlay.lab.yaml', import.meta.url))
const name = 'test-overlay'

/** The example with its first two hypervisors; four would take twice the time. */
async function twoNodes(): Promise<string> {
  const text = await readFile(example, 'utf8')
  const [head = '', rest = ''] = text.split(/^ {2}kvm-3:$/m)
  const two = head.replaceAll('[kvm-1, kvm-2, kvm-3, kvm-4]', '[kvm-1, kvm-2]')
  assert.ok(rest.includes('expect:') && two !== head, 'the example is written as this test takes it')
  return two.replace(/^name: overlay$/m, `name: ${name}`)
}

/** Whether `path` gets an answer from 10.1.0.2, and from which MAC. */
async function answer(path: string, bytes = 56): Promise<{ answered: boolean; mac: string | undefined }> {
  const script = `ip neigh flush dev nic0; ping -c 2 -W 3 -s ${bytes} 10.1.0.2 >&2; echo $?; ip neigh show 10.1.0.2`
  const { stdout } = await nestlab(['exec', '--lab', name, path, '--', 'sh', '-c', script])
  return { answered: /^0$/m.test(stdout), mac: /lladdr (\S+)/.exec(stdout)?.[1] }
}

const macs = { a: '02:00:00:00:0a:02', b: '02:00:00:00:0b:02' }

test('two tenants with the same addresses share hypervisors and see only their own machines', async (t) => {
  await using lab = await labFile(name, await twoNodes())
  await succeed(['up', '-f', lab.file])

  await t.test(
    'each reaches its own machine of an address that both have, with packets of full size',
    async () => {
      // One after the other: two logins at once into an emulated node that has just come up can take too long.
      assert.deepEqual(await answer('kvm-1/a', 1472), { answered: true, mac: macs.a })
      assert.deepEqual(await answer('kvm-1/b', 1472), { answered: true, mac: macs.b })
    },
  )

  await t.test('a second up finds nothing to do', async () => {
    assert.match(await succeed(['plan', '-f', lab.file]), /nothing to do/)
  })

  await t.test(
    'a tenant whose overlay goes gets no answer, though the other’s machine has the address',
    async () => {
      const overlay = /^ {2}tenant-b: \{ vni.*$/m
      const line = overlay.exec(await readFile(lab.file, 'utf8'))?.[0] ?? ''
      await lab.rewrite((text) => text.replace(overlay, ''))
      await succeed(['up', '-f', lab.file])
      const [a, b] = await Promise.all([answer('kvm-1/a'), answer('kvm-1/b')])
      assert.deepEqual(a, { answered: true, mac: macs.a })
      assert.equal(b.answered, false)
      await lab.rewrite((text) => text.replace(/^ {2}tenant-a: \{ vni.*$/m, (first) => `${first}\n${line}`))
    },
  )

  await t.test('its overlay comes back on the running lab, and no machine is started for it', async () => {
    const plan = await succeed(['plan', '-f', lab.file, '--json'])
    assert.doesNotMatch(plan, /start-machine|create-machine|remove-machine/)
    await succeed(['up', '-f', lab.file])
    assert.deepEqual(await answer('kvm-1/b'), { answered: true, mac: macs.b })
  })

  await t.test('down leaves nothing', async () => {
    await succeed(['down', '--lab', name])
    assert.deepEqual(await leftovers(name), [])
  })
})
