/** Nested hosts are held to the certificate that they showed when they were first looked into. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeCertificate } from '../../src/providers/vsphere/soap/certificate.fixture.ts'
import { heldTo, pinOf, takeOver } from '../../src/vsphere-pins.ts'
import { openCommandBench, variablesOf } from './command-bench.ts'
import { folderFor, inventoryOf, nestedPassword } from './site-bench.ts'
import { lackingGo, startVcsim } from './vcsim.ts'
import { startWitness } from './witness.ts'

const skip = lackingGo()

const lab = `nestlab: 1
name: pinned
switches: { lan: { portgroups: { main: {} } } }
machines:
  esxi:
    nics: [{ portgroup: main }]
    MORE
    hypervisor:
      product: esxi
      version: "6.7"
      machines: { app: { image: tiny, memory: 64MiB } }
`

test('a nested host that shows another certificate than before is refused by name until a person accepts it', {
  skip,
}, async () => {
  const inventory = { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 }
  await using vcsim = await startVcsim({ inventory })
  await using nested = await startVcsim({ esx: true, password: nestedPassword, user: 'root', inventory })
  await using host = await startWitness(nested.url)
  await using bench = await openCommandBench(vcsim, { 'reach.esxi': host.url.href })
  const { desk, run } = bench
  const before = await inventoryOf(vcsim)
  await desk.write('pinned.lab.yaml', lab.replace('MORE', 'memory: 6GiB'))
  const done = async (...args: readonly string[]) => {
    const ended = await run(args)
    assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return ended.stdout
  }
  await done('up', '--site', 'home')
  assert.match(await done('status'), /app.*ready/)

  const other = makeCertificate()
  host.show(other)
  host.methods.length = 0
  for (const args of [['up', '--site', 'home'], ['stop'], ['start']]) {
    const { code, stderr } = await run(args)
    assert.equal(code, 4, args.join(' '))
    assert.match(stderr, /esxi shows another certificate at 127\.0\.0\.1/)
    assert.ok(stderr.includes(`${other.fingerprint}, not ${host.fingerprint}`), stderr)
    assert.match(stderr, /nestlab esxi trust esxi --lab pinned --fingerprint /)
  }
  const told = await done('status')
  assert.match(told, /app.*unknown/)
  assert.match(told, /esxi shows another certificate/)
  assert.deepEqual(host.methods, [])

  const refused = await run(['esxi', 'trust', 'esxi'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /\(nested-not-trusted\)/)
  const wrong = await run(['esxi', 'trust', 'esxi', '--fingerprint', host.fingerprint])
  assert.equal(wrong.code, 1)
  await done('esxi', 'trust', 'esxi', '--fingerprint', other.fingerprint)
  assert.match(await done('status'), /app.*ready/)

  // What is installed anew makes itself another certificate, and is looked at anew.
  await desk.write('pinned.lab.yaml', lab.replace('MORE', 'memory: 7GiB'))
  const third = makeCertificate()
  host.show(third)
  await done('up', '--site', 'home', '--parallel', '1')
  assert.match(await done('status'), /app.*ready/)
  host.show(other)
  assert.match(await done('status'), /app.*unknown/)
  await done('down')
  assert.deepEqual(await inventoryOf(vcsim), before)
})

test('the certificate is asked about on a terminal', { skip }, async () => {
  const inventory = { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 }
  await using vcsim = await startVcsim({ inventory })
  await using nested = await startVcsim({ esx: true, password: nestedPassword, user: 'root', inventory })
  await using host = await startWitness(nested.url)
  await using bench = await openCommandBench(vcsim, { 'reach.esxi': host.url.href })
  const { desk, run } = bench
  await desk.write('pinned.lab.yaml', lab.replace('MORE', 'memory: 6GiB'))
  const { code, stderr } = await run(['up', '--site', 'home'])
  assert.equal(code, 0, stderr)
  host.show(makeCertificate())
  const asking = desk.startOnTerminal('nestlab esxi trust esxi', variablesOf(vcsim))
  await asking.printed(host.fingerprint)
  await asking.printed('host itself shows?')
  asking.type('y\r')
  const { stdout } = await asking.ended
  assert.match(stdout, /The certificate of esxi is accepted/)
  assert.match((await run(['status'])).stdout, /app.*ready/)
})

test('the certificate that a vCenter gives a host is kept when the vCenter says so and the host shows it', async (t) => {
  const host = await startWitness(new URL('http://127.0.0.1:9/sdk'))
  t.after(() => host[Symbol.asyncDispose]())
  const pin = pinOf({ state: await folderFor(t), run: '' }, 'pinned', 'outer/esxi')
  assert.deepEqual(await heldTo(host.url, pin), { fingerprint: host.fingerprint, allowsOldTls: false })
  const [given, other] = [makeCertificate(), makeCertificate()]
  host.show(given)
  for (const said of [undefined, Buffer.from(other.cert), Buffer.from('no certificate')]) {
    await takeOver(host.url, pin, said)
    await assert.rejects(heldTo(host.url, pin), /outer\/esxi shows another certificate/)
  }
  await takeOver(host.url, pin, Buffer.from(given.cert))
  assert.equal((await heldTo(host.url, pin)).fingerprint, given.fingerprint)
  await pin.forget()
  host.show(other)
  assert.equal((await heldTo(host.url, pin)).fingerprint, other.fingerprint)
})
