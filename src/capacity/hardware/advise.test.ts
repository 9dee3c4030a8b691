import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hardwareCatalogue } from '#facts'
import { loadLab, type ResolvedLab } from '#lab'
import { sizeLab } from '../size-lab.ts'
import { adviseHardware } from './advise.ts'
import { type HardwareRequirements, requirementsOf } from './requirements.ts'

/** What Rick Mur asked of his home lab server. */
const homeLab: HardwareRequirements = {
  memoryMiB: 32 * 1024,
  cores: 4,
  nicPorts: 2,
  sataPorts: 4,
  outOfBand: true,
  nested: true,
  product: 'esxi',
  version: '5.5u2',
  hosts: 1,
}

function adviceFor(changes: Partial<HardwareRequirements> = {}) {
  const { offers, misses } = adviseHardware({ ...homeLab, ...changes }, hardwareCatalogue())
  return {
    offers,
    offer: (model: string) => offers.find((one) => one.model === model),
    reason: (model: string) => misses.find((one) => one.model === model)?.reason,
  }
}

test('for the home lab of the article, the board of the article comes first, with its memory', () => {
  const [first] = adviceFor().offers
  assert.equal(first?.model, 'ASRock C2750D4I')
  assert.deepEqual(
    first.buy.map(({ model, count }) => `${count} ${model}`),
    ['1 ASRock C2750D4I', '4 Kingston KVR16N11H/8'],
  )
  assert.deepEqual([first.memoryGiB, first.maxMemoryGiB, first.cpuWatts, first.isPassive], [32, 64, 20, true])
  assert.deepEqual(first.also, ['a case for mini-ITX with a power supply', 'a fan on CPU_FAN1'])
})

test('and the others fail for the reasons of the article: 16 GB, and a network without driver', () => {
  const { reason } = adviceFor()
  const limit = 'It takes at most 16 GiB of memory, and 32 GiB are needed.'
  assert.equal(reason('Apple Mac mini (Late 2014)'), limit)
  assert.equal(reason('Intel NUC D54250WYK'), limit)
  assert.match(reason('Supermicro A1SAi-2750F') ?? '', /no driver for Marvell 88E1543/)
})

test('every board and machine of the catalogue is either offered or has its reason', () => {
  const rows = hardwareCatalogue().rows.filter(({ kind }) => kind === 'board' || kind === 'system')
  const { offers, reason } = adviceFor({ version: '8.0' })
  for (const { model } of rows) {
    const isOffered = offers.some((offer) => offer.model === model)
    assert.notEqual(isOffered, reason(model) !== undefined, model)
  }
})

test('the CPU for an empty socket is the one with enough cores that takes the least power', () => {
  const bought = adviceFor({ version: '8.0' })
    .offer('Supermicro X10SLL-F')
    ?.buy.map(({ model }) => model)
  assert.equal(bought?.[1], 'Intel Xeon E3-1230 v3')
  const { reason } = adviceFor({ cores: 8, version: '8.0' })
  assert.equal(reason('Supermicro X10SLL-F'), 'It has 4 cores, and 8 are needed.')
})

test('both CPUs of a server get equally many modules', () => {
  const purchase = adviceFor({ memoryMiB: 90 * 1024 }).offer('Dell PowerEdge R730 (2x Xeon E5-2680 v4)')
    ?.buy[1]
  assert.ok(purchase)
  assert.equal(purchase.count % 2, 0)
})

test('what speaks against an offer is noted, and it comes after those without', () => {
  const { offers } = adviceFor({ version: '8.0', sataPorts: 0 })
  const hybrid = offers.findIndex(({ model }) => model.startsWith('Minisforum MS-01'))
  const board = offers.findIndex(({ model }) => model === 'Supermicro M11SDV-8C-LN4F')
  assert.ok(board >= 0 && board < hybrid)
  assert.ok(offers[hybrid]?.notes.includes('Intel Core i9-13900H has two kinds of cores.'))
})

test('disks are bought as few as possible, and NVMe where there is no SATA', () => {
  const { offer } = adviceFor({ diskMiB: 3 * 1024 * 1024, sataPorts: 0, version: '8.0' })
  const disk = (model: string) => offer(model)?.buy.at(-1)
  assert.deepEqual(
    [disk('Supermicro H13SAE-MF')?.model, disk('Supermicro H13SAE-MF')?.count],
    ['Samsung 870 EVO 4 TB', 1],
  )
  assert.equal(disk('Minisforum MS-01 (Core i9-13900H)')?.model, 'Samsung 990 Pro 4 TB')
})

test('a lab that nothing carries gets no offer, and a reason from each', () => {
  const { offers } = adviceFor({ memoryMiB: 100 * 1024 * 1024 })
  assert.deepEqual(offers, [])
})

const lab = `nestlab: 1
name: lab
site:
  kind: facts
  hosts:
    one: { product: esxi, version: "5.5" }
    two: { product: esxi, version: "5.5" }
switches: { vSwitch0: { uplinks: [eth0, eth1], portgroups: { all: {} } } }
machines:
  esxi: { count: 4, cpus: 4, memory: 6GiB, image: esxi-5.5, hypervisor: { product: esxi, version: "5.5" } }
  large: { cpus: 2, memory: 20GiB, image: tiny }
`

function read(text: string): ResolvedLab {
  const { lab: loaded, problems } = loadLab(text, { file: 'x.lab.yaml' })
  assert.deepEqual(problems, [])
  assert.ok(loaded)
  return loaded
}

test('a lab asks of each host what lands there when it is spread, with overhead, and what ESXi takes itself', () => {
  const { memoryMiB, comfortableMiB, ...others } = requirementsOf(read(lab))
  assert.ok(comfortableMiB && comfortableMiB > memoryMiB)
  // Four of 6 GiB and one of 20 GiB cannot be shared out better than 24 to 20.
  assert.ok(memoryMiB > 26 * 1024 && memoryMiB < 26.5 * 1024, `${memoryMiB}`)
  assert.deepEqual(others, {
    cores: 2,
    threads: 4,
    nicPorts: 2,
    nested: true,
    product: 'esxi',
    version: '5.5',
    diskMiB: 2048,
    hosts: 2,
  })
  const one = requirementsOf(read(lab.replace('memory: 20GiB', 'memory: 40GiB'))).memoryMiB
  assert.ok(one > 42 * 1024 && one < 42.5 * 1024, `${one}`)
})

test('the memory that is asked of a machine is the memory that the same lab is said to take on it', () => {
  const roomy = read(
    lab
      .replaceAll('version: "5.5" }\n    ', 'version: "5.5", memory: 64GiB }\n    ')
      .replace('version: "5.5" }\nswitches', 'version: "5.5", memory: 64GiB }\nswitches'),
  )
  const { hosts } = sizeLab(roomy).memory
  assert.equal(hosts.length, 2)
  const taken = Math.max(...hosts.map(({ usedMiB, ownMiB = 0 }) => usedMiB + ownMiB))
  assert.equal(requirementsOf(roomy).memoryMiB, Math.ceil(taken))
})

test('all seats of a class share what is bought, and a lab without hosts is counted on KVM', () => {
  const seat = 'nestlab: 1\nname: seat\nmachines: { vm: { image: tiny, memory: 1GiB } }\n'
  const [one, ten] = [read(seat), read(`${seat}class: { seats: 10 }\n`)].map(requirementsOf)
  assert.equal(one?.product, 'kvm')
  assert.ok(one && ten && ten.memoryMiB > one.memoryMiB + 9 * 1024)
})

test('disks on storage in the network need no disk in the machine', () => {
  const vm = (datastore: string) =>
    read(
      `nestlab: 1\nname: disks\nmachines: { vm: { image: tiny, disks: [{ size: 100GiB, datastore: ${datastore} }] } }\ndatastores: { nas: { kind: nfs }, own: { kind: local } }\n`,
    )
  assert.equal(requirementsOf(vm('nas')).diskMiB, undefined)
  assert.equal(requirementsOf(vm('own')).diskMiB, 100 * 1024)
})

test('memory is bought so that the machine is not heavily used, where it takes as much', () => {
  const wishes = { memoryMiB: 15 * 1024, comfortableMiB: 20 * 1024, sataPorts: 0, outOfBand: false }
  assert.ok(
    (adviceFor({ ...wishes, version: '8.0' }).offer('Supermicro M11SDV-8C-LN4F')?.memoryGiB ?? 0) >= 20,
  )
  const small = adviceFor({ ...wishes, version: '5.5', cores: 2, nicPorts: 1 }).offer('Intel NUC D54250WYK')
  assert.equal(small?.memoryGiB, 16)
})

test('a machine of more vCPUs than a CPU has threads keeps it out', () => {
  const { reason } = adviceFor({ threads: 12, version: '8.0', sataPorts: 0 })
  assert.equal(reason('Supermicro X10SLL-F'), 'It has 8 threads, and a machine of the lab has 12 vCPUs.')
})
