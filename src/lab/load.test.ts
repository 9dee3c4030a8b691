import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab, loadLabObject } from './load.ts'
import { machinesOf, type ResolvedLab } from './model.ts'
import { resolvedYaml } from './resolved-yaml.ts'

const start = 'nestlab: 1\nname: lab\nswitches: { s: { portgroups: { a: {}, b: { vlan: 10 } } } }\n'

function load(rest: string, head = start): ResolvedLab {
  const { lab, problems } = loadLab(head + rest, { file: 'x.lab.yaml' })
  assert.ok(lab, JSON.stringify(problems))
  return lab
}

function machine(lab: ResolvedLab, path: string) {
  const found = [...machinesOf(lab.top)].find((candidate) => candidate.path === path)
  assert.ok(found, `${path} is not in the lab`)
  return found
}

function problemsOf(rest: string): readonly string[] {
  return loadLab(start + rest, { file: 'x.lab.yaml' }).problems.map((problem) => problem.text)
}

test('count makes machines with numbers, each with everything inside it', () => {
  const lab = load(`machines:
  kvm:
    count: 2
    image: kvm-node
    hypervisor: { machines: { web: { image: tiny, count: 1 }, db: { image: tiny } } }`)
  const paths = [...machinesOf(lab.top)].map(({ path, level }) => `${path} L${level}`)
  assert.deepEqual(paths, [
    'kvm-1 L1',
    'kvm-1/web-1 L2',
    'kvm-1/db L2',
    'kvm-2 L1',
    'kvm-2/web-1 L2',
    'kvm-2/db L2',
  ])
})

test('a machine adds to the maps of its template and replaces its lists', () => {
  const lab = load(`templates:
  base: { cpus: 4, memory: 1GiB, nics: [{ portgroup: a }, { portgroup: b }] }
  node:
    extends: base
    hypervisor:
      product: kvm
      switches: { br0: { mtu: 9000, security: { promiscuous: accept }, portgroups: { web: { vlan: 5 } } } }
      machines: { web: { image: tiny, cpus: 2 } }
machines:
  kvm:
    extends: node
    memory: 2GiB
    nics: [{ portgroup: b }]
    hypervisor:
      switches: { br0: { security: { macChanges: reject }, portgroups: { db: {} } } }
      machines: { web: { memory: 128MiB }, db: { image: tiny } }`)
  const { cpus, memoryMiB, nics, image, hypervisor } = machine(lab, 'kvm')
  assert.deepEqual(
    { cpus, memoryMiB, image, nics: nics.map((nic) => nic.portgroup) },
    {
      cpus: 4,
      memoryMiB: 2048,
      image: { from: 'catalogue', name: 'kvm-node' },
      nics: ['b'],
    },
  )
  const [br0] = hypervisor?.inside.switches ?? []
  assert.equal(br0?.mtu, 9000)
  assert.deepEqual(
    br0?.portgroups.map(({ name, vlan, security }) => [name, vlan, security]),
    [
      [
        'web',
        { mode: 'access', id: 5 },
        { promiscuous: 'accept', forgedTransmits: 'accept', macChanges: 'reject' },
      ],
      ['db', { mode: 'none' }, { promiscuous: 'accept', forgedTransmits: 'accept', macChanges: 'reject' }],
    ],
  )
  const web = machine(lab, 'kvm/web')
  assert.deepEqual([web.cpus, web.memoryMiB], [2, 128])
  assert.equal(machine(lab, 'kvm/db').level, 2)
})

test('a port group inherits each policy on its own, by the kind of its switch', () => {
  const lab = load(
    `switches:
  std: { portgroups: { one: {}, two: { security: { promiscuous: accept } } } }
  dist: { kind: distributed, security: { forgedTransmits: accept }, portgroups: { three: {} } }`,
    'nestlab: 1\nname: lab\n',
  )
  const policies = lab.top.switches.flatMap((labSwitch) =>
    labSwitch.portgroups.map((group) => group.security),
  )
  assert.deepEqual(policies, [
    { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
    { promiscuous: 'accept', forgedTransmits: 'accept', macChanges: 'accept' },
    { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'reject' },
  ])
})

test('image, product and version are each taken from the others', () => {
  const lab = load(`machines:
  a: { hypervisor: { product: esxi, version: "6.7" } }
  b: { image: esxi-7.0, hypervisor: {} }
  c: { hypervisor: { product: esxi } }
  d: { image: tiny }
  e: { image: kvm-node }
  f: { image: kvm-node, hypervisor: {} }`)
  const chosen = lab.top.machines.map(({ image, hypervisor, cpus, memoryMiB }) => [
    image.from === 'catalogue' ? image.name : '',
    hypervisor?.product,
    hypervisor?.version,
    cpus,
    memoryMiB,
  ])
  assert.deepEqual(chosen, [
    ['esxi-6.7', 'esxi', '6.7', 2, 4096],
    ['esxi-7.0', 'esxi', '7.0', 2, 8192],
    ['esxi-8.0', 'esxi', '8.0', 2, 8192],
    ['tiny', undefined, undefined, 1, 96],
    ['kvm-node', undefined, undefined, 2, 384],
    ['kvm-node', 'kvm', undefined, 2, 384],
  ])
})

test('an imported image can be used once its name is known', () => {
  const text = `${start}machines: { web: { image: debian-12 } }`
  assert.equal(loadLab(text, { file: 'x' }).problems.length, 1)
  const { lab } = loadLab(text, { file: 'x', knownImages: ['debian-12'] })
  assert.deepEqual(lab?.top.machines[0]?.memoryMiB, 512)
})

test('a file of an image is looked for in the folder of the lab file', () => {
  const sha256 = 'AB'.repeat(32)
  const text = `${start}machines: { web: { image: { file: ./images//d.qcow2, sha256: ${sha256} } } }`
  const { lab } = loadLab(text, { file: 'x.lab.yaml', folder: '/labs/mine' })
  assert.deepEqual(lab?.top.machines[0]?.image, {
    from: 'file',
    file: '/labs/mine/images/d.qcow2',
    root: '/labs/mine',
    sha256: 'ab'.repeat(32),
  })
})

test('the same file gives the same lab, and another name gives other MACs and UUIDs', () => {
  const text = 'machines: { web: { image: tiny, count: 50, nics: [{ portgroup: a, address: 10.0.0.0/24 }] } }'
  const first = load(text)
  assert.deepEqual(load(text), first)
  const other = load(text, start.replace('name: lab', 'name: other'))
  const marks = (lab: ResolvedLab) =>
    lab.top.machines.flatMap(({ uuid, nics }) => [uuid, ...nics.map((nic) => nic.mac)])
  assert.equal(new Set([...marks(first), ...marks(other)]).size, 200)
})

test('a machine added at the end changes no other machine', () => {
  const text =
    'machines:\n  web: { image: tiny, count: 100, nics: [{ portgroup: a, address: 10.0.0.0/24 }] }\n'
  const before = load(text)
  const after = load(`${text}  db: { image: tiny, nics: [{ portgroup: a, address: 10.0.0.0/24 }] }\n`)
  assert.deepEqual(after.top.machines.slice(0, 100), before.top.machines)
})

test('chosen addresses differ, avoid those that are named, the gateway and the ends of the network', () => {
  const lab = load(`machines:
  many: { image: tiny, count: 12, nics: [{ portgroup: a, address: 10.0.0.0/28 }] }
  one: { image: tiny, nics: [{ portgroup: a, address: 10.0.0.7/28 }] }`)
  const addresses = lab.top.machines.map((one) => one.nics[0]?.address?.ip)
  const possible = Array.from({ length: 13 }, (_, index) => `10.0.0.${index + 2}`)
  assert.deepEqual(new Set(addresses), new Set(possible))
  assert.equal(addresses.at(-1), '10.0.0.7')
})

test('chosen addresses of a large network stay out of the network of the control NIC', () => {
  const lab = load(
    'machines: { m: { image: tiny, count: 10000, nics: [{ portgroup: a, address: 10.0.0.0/16 }] } }',
  )
  const control = lab.top.machines.filter((one) => one.nics[0]?.address?.ip.startsWith('10.0.2.'))
  assert.equal(control.length, 0)
})

test('tenants may use the same addresses on port groups of their own', () => {
  const tenant = (name: string, vlan: number) => `${name}: { vlan: ${vlan} }`
  const lab = load(`machines:
  kvm:
    image: kvm-node
    nics: [{ portgroup: a }]
    hypervisor:
      switches: { br0: { uplinks: [nic0], portgroups: { ${tenant('red', 1)}, ${tenant('blue', 2)} } } }
      machines:
        one: { image: tiny, nics: [{ portgroup: red, address: 10.9.0.5/24 }] }
        two: { image: tiny, nics: [{ portgroup: blue, address: 10.9.0.5/24 }] }`)
  assert.equal([...machinesOf(lab.top)].length, 3)
})

test('copies of a hypervisor with isolated switches may use the same addresses inside', () => {
  const inside = (uplinks: string) =>
    `machines: { kvm: { image: kvm-node, count: 2, nics: [{ portgroup: a }], hypervisor: { switches: { br0: { uplinks: ${uplinks}, portgroups: { in: {} } } }, machines: { web: { image: tiny, nics: [{ portgroup: in, address: 10.9.0.5/24 }] } } } } }`
  assert.deepEqual(problemsOf(inside('[]')), [])
  assert.deepEqual(problemsOf(inside('[nic0]')), [
    '`kvm-2/web` nic0 and `kvm-1/web` nic0 have the same address 10.9.0.5 in one network.',
  ])
})

test('keys without an effect yet are listed with the machines they concern', () => {
  const { pending } = load(
    `switches: { s: { kind: distributed, uplinks: [nat], portgroups: { a: {} } } }
site: my-vcenter
machines:
  kvm:
    count: 2
    image: kvm-node
    disks: [{ size: 1GiB }]
    nics: [{ portgroup: a }, { portgroup: a }]
    hypervisor: { version: "1", switches: { br0: { uplinks: [nic0, nic1] } } }
  esx: { count: 2, hypervisor: { product: esxi } }
clusters: { both: { members: [kvm], evc: sandybridge } }
datastores: { nas: { kind: nfs } }
overlays: { net: { vni: 1, between: [esx] } }
class: { seats: 2 }`,
    'nestlab: 1\nname: lab\n',
  )
  assert.deepEqual(Object.fromEntries(pending.map(({ at, machines }) => [at, machines])), {
    'machines.kvm.disks': ['kvm-1', 'kvm-2'],
    'machines.kvm.hypervisor.version': ['kvm-1', 'kvm-2'],
    'machines.kvm.hypervisor.switches.br0.uplinks': ['kvm-1', 'kvm-2'],
    site: undefined,
    'clusters.both': ['kvm-1', 'kvm-2'],
    'datastores.nas': undefined,
    'overlays.net': ['esx-1', 'esx-2'],
  })
})

test('anchors, JSON and a byte order mark are read like plain YAML', () => {
  const plain = load('machines: { a: { image: tiny, cpus: 2 }, b: { image: tiny, cpus: 2 } }')
  assert.deepEqual(load('machines: { a: &m { image: tiny, cpus: 2 }, b: *m }'), plain)
  const json = JSON.stringify({
    nestlab: 1,
    name: 'lab',
    switches: { s: { portgroups: { a: {}, b: { vlan: 10 } } } },
    machines: { a: { image: 'tiny', cpus: 2 }, b: { image: 'tiny', cpus: 2 } },
  })
  assert.deepEqual(loadLab(json, { file: 'x.json' }).lab, plain)
  assert.deepEqual(loadLab(new TextEncoder().encode(`\ufeff${json}`), { file: 'x.json' }).lab, plain)
  assert.deepEqual(loadLabObject(JSON.parse(json), { file: 'x.ts' }).lab, plain)
})

test('problems of an object name its keys instead of lines', () => {
  const object = { nestlab: 1, name: 'lab', machines: { web: { image: 'tiny', cpu: 2 } } }
  const { problems } = loadLabObject(object, { file: 'x.ts' })
  assert.deepEqual(problems, [
    {
      file: 'x.ts',
      line: 0,
      column: 0,
      length: 1,
      at: 'machines.web.cpu',
      text: '`cpu` is not a key of a machine.',
      remedy: 'Did you mean `cpus`?',
    },
  ])
})

test('objects that contain themselves or functions are refused', () => {
  const loop: Record<string, unknown> = { nestlab: 1, name: 'lab' }
  loop.machines = { web: loop, run: () => 1 }
  const texts = loadLabObject(loop, { file: 'x.ts' }).problems.map((problem) => problem.text)
  assert.ok(texts.includes('The object contains itself.'))
  assert.ok(texts.includes('A function cannot be part of a lab.'))
})

test('the resolved YAML of a lab loads to the same lab', () => {
  const text = `${start}purpose: "a: b # c"
machines:
  "true": { image: tiny, memory: 1536MiB, nics: [{ portgroup: b, address: 10.0.0.0/8 }] }
  kvm:
    image: { file: d.img, sha256: ${'0a'.repeat(32)} }
    hypervisor: { product: kvm, switches: { br0: { portgroups: { t: { vlan: "1-5,7" }, u: { vlan: all } } } } }`
  const first = loadLab(text, { file: 'x', folder: '/labs' })
  assert.ok(first.lab, JSON.stringify(first.problems))
  const again = loadLab(resolvedYaml(first.lab, '/labs'), { file: 'x', folder: '/labs' })
  assert.deepEqual(again.problems, [])
  assert.deepEqual(again.lab, first.lab)
})
