/** `nestlab console --link`: a link that lets in whoever has it is for the terminal alone. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openCommandBench, variablesOf } from './command-bench.ts'
import { never, openOn, orderOf } from './provider-bench.ts'
import { group, switchOf } from './provider-tries.ts'
import { startStrict } from './strict-bench.ts'

const lab = `nestlab: 1
name: seen
switches: { lan: { portgroups: { main: {} } } }
machines: { web: { image: tiny, nics: [{ portgroup: main }] } }
`

test('the link is shown on a terminal, and nowhere else', async () => {
  await using strict = await startStrict({ kind: 'vcenter', apiVersion: '8.0.3.0' })
  const server = { ...strict, pid: 0 }
  await using bench = await openCommandBench(server)
  const { desk, witness, run } = bench
  await desk.write('seen.lab.yaml', lab)
  const up = await run(['up', '--site', 'home'])
  assert.equal(up.code, 0, up.stderr)

  witness.methods.length = 0
  const piped = await run(['console', '--link', 'web'])
  assert.equal(piped.code, 2)
  assert.match(piped.stderr, /\(link-not-shown\)/)
  assert.deepEqual(witness.methods, [])

  const { stdout, code } = await desk.startOnTerminal(
    'nestlab console --link web --debug',
    variablesOf(server),
  ).ended
  assert.equal(code, 0, stdout)
  const [url = '', ticket = ''] = /wss:\/\/[\w.-]+:443\/ticket\/([0-9a-f-]{36})/.exec(stdout) ?? []
  assert.notEqual(url, '', stdout)
  assert.match(stdout, /Good for one visit/)
  const entries = await readdir(desk.folder, { recursive: true, withFileTypes: true })
  const kept = entries.filter((one) => one.isFile() && !one.parentPath.includes('/compiled'))
  assert.ok(kept.length > 3)
  for (const { parentPath, name } of kept) {
    const text = await readFile(join(parentPath, name), 'latin1')
    assert.ok(!text.includes(ticket), name)
  }

  await run(['stop'])
  const stopped = await desk.startOnTerminal('nestlab console --link web', variablesOf(server)).ended
  assert.match(stopped.stdout, /\(vsphere-not-running\)/)
})

test('a site without consoles for browsers says so', async () => {
  await using strict = await startStrict()
  await using bench = await openCommandBench({ ...strict, pid: 0 })
  const { desk, run } = bench
  await desk.write('seen.lab.yaml', lab)
  assert.equal((await run(['up', '--site', 'sim'])).code, 0)
  const { stdout } = await desk.startOnTerminal('nestlab console --link web').ended
  assert.match(stdout, /\(no-console-link\)/)
})

for (const [apiVersion, expected] of [
  ['5.5', /shown to browsers from vSphere 6\.0 on, and this is 5\.5/],
  ['6.5', /^wss:\/\/[\w.-]+:443\/ticket\//],
  ['8.0.3.0', /^wss:\/\/[\w.-]+:443\/ticket\//],
] as const) {
  test(`API ${apiVersion} gives a link or says why it does not`, async () => {
    await using strict = await startStrict({ kind: 'esxi', apiVersion })
    const provider = await openOn({ ...strict, pid: 0 })
    await provider.putSwitch(switchOf({ portgroups: [group('main')] }), 'one', never)
    const traits = { hardware: { version: 9, guestId: 'otherLinux64Guest' } }
    await provider.create(orderOf('web', [{ switchName: 'lan', portgroup: 'main' }], { traits }), never)
    await provider.start('web', never)
    const access = await provider.access('web')
    const link = await access.consoleLink?.().then(
      ({ url }) => url,
      (error: unknown) => String(error),
    )
    assert.match(link ?? '', expected)
    await provider.close()
  })
}
