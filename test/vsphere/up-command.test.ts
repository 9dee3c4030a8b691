/** `nestlab plan`, `up`, `status`, `stop`, `start` and `down` on a site as a person types them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCommandBench } from './command-bench.ts'
import { inventoryOf } from './site-bench.ts'
import { govc, lackingGo, startVcsim } from './vcsim.ts'

const skip = lackingGo()
const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }

/** What changes nothing but notes of the server about the session. */
const harmless =
  /^(Login|Logout|CurrentTime|SessionIsActive|FindChild|Retrieve\w+|ContinueRetrieve\w+|WaitForUpdatesEx|Create(ContainerView|PropertyCollector|Filter)|Destroy(View|PropertyCollector|PropertyFilter))$/
const changing = (methods: readonly string[]) => methods.filter((method) => !harmless.test(method))

const lab = `nestlab: 1
name: small
switches:
  lan: { portgroups: { main: {}, trunk: { vlan: 4095, security: { promiscuous: accept } } } }
clusters: { compute: { members: [esxi], drs: true } }
machines:
  esxi:
    nics: [{ portgroup: main, address: 10.0.0.5/24 }, { portgroup: trunk }]
    hypervisor: { product: esxi, version: "6.7" }
  lone: { image: tiny, nics: [{ portgroup: main }] }
`

test('up --plan and plan print each call that up would make, and the server is asked for none of them', {
  skip,
}, async () => {
  await using vcsim = await startVcsim({ inventory })
  await using bench = await openCommandBench(vcsim)
  const { desk, witness, run } = bench
  await desk.write('small.lab.yaml', lab)
  const before = await inventoryOf(vcsim)
  witness.methods.length = 0
  const shown = await run(['up', '--site', 'home', '--plan'])
  assert.equal(shown.code, 0, shown.stderr)
  const planned = JSON.parse((await run(['plan', '--site', 'home', '--json'])).stdout)
  assert.ok(witness.methods.includes('Login'))
  assert.deepEqual(changing(witness.methods), [])
  assert.deepEqual(await inventoryOf(vcsim), before)
  const lines: string[] = planned.calls.flatMap(({ calls }: { calls: string[] }) => calls)
  for (const line of lines) assert.ok(shown.stdout.includes(line), line)
  // The same methods are really called then, each as often as it was said, and no others.
  const promised = Map.groupBy(lines, (line) => /^\w+/.exec(line)?.[0] ?? '')
  assert.ok(promised.size >= 5, [...promised.keys()].join(', '))
  witness.methods.length = 0
  const upped = await run(['up', '--site', 'home'])
  assert.equal(upped.code, 0, upped.stderr)
  const counted = (methods: readonly string[]) =>
    [...Map.groupBy(methods, (method) => method)].map(([method, all]) => `${all.length} ${method}`).toSorted()
  const said = [...promised].flatMap(([method, all]) => all.map(() => method))
  // The simulator leaves out the settings with which a cluster is made, so they are set once more.
  const made = changing(witness.methods).filter((method) => method !== 'ReconfigureComputeResource_Task')
  assert.deepEqual(counted(made), counted(said))
})

test('a lab goes up, is seen, stops, starts and goes down by commands', { skip }, async () => {
  await using vcsim = await startVcsim({ inventory })
  await using bench = await openCommandBench(vcsim)
  const { desk, witness, run } = bench
  await desk.write('small.lab.yaml', lab)
  const before = await inventoryOf(vcsim)
  const done = async (...args: readonly string[]) => {
    const ended = await run(args)
    assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return ended.stdout
  }
  const powerOf = async (name: string) => {
    const [machine] = JSON.parse(
      await govc(vcsim, 'vm.info', '-json', `/DC0/vm/nestlab-small/${name}`),
    ).virtualMachines
    return machine.runtime.powerState
  }
  await done('up', '--site', 'home')
  assert.match(await done('ls'), /small +home/)
  const { machines } = JSON.parse(await done('status', '--json'))
  assert.deepEqual(
    machines.map(({ path, state }: { path: string; state: string }) => `${path} ${state}`),
    ['esxi ready', 'lone ready'],
  )
  witness.methods.length = 0
  await done('up', '--site', 'home')
  assert.deepEqual(changing(witness.methods), [])
  await done('stop')
  assert.deepEqual([await powerOf('esxi'), await powerOf('lone')], ['poweredOff', 'poweredOff'])
  await done('start', 'lone')
  assert.deepEqual([await powerOf('esxi'), await powerOf('lone')], ['poweredOff', 'poweredOn'])
  await done('down')
  assert.deepEqual(await inventoryOf(vcsim), before)
  assert.doesNotMatch(await done('ls'), /small/)
})

test('a site that is not there, or lacks something, is named before anything is asked of it', {
  skip,
}, async () => {
  await using vcsim = await startVcsim({ inventory })
  await using bench = await openCommandBench(vcsim)
  const { desk, witness, run } = bench
  await desk.write('small.lab.yaml', lab)
  const unknown = await run(['up', '--site', 'nowhere'])
  assert.notEqual(unknown.code, 0)
  assert.match(unknown.stderr, /no such site here; there are local, sim, home/)
  await run(['site', 'set', 'home', 'clusters', 'none'])
  await run(['site', 'set', 'home', 'emptyDisks', 'false'])
  witness.methods.length = 0
  const lacking = await run(['up', '--site', 'home'])
  assert.notEqual(lacking.code, 0)
  assert.match(lacking.stderr, /nestlab site set home clusters create/)
  assert.match(lacking.stderr, /nestlab site set home images\.tiny/)
  assert.deepEqual(witness.methods, [])
})
