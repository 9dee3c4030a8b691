/** What an import is for: faults planted among a thousand machines are found, and nothing else is complained about. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Desk } from '../cli/command.ts'
import { type PlantedGroup, type PlantedMachine, Planter } from './import-bench.ts'
import { lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const host = { memoryMiB: 262_144, cores: 32, nested: true }

interface Fault {
  /** Of the nested host and of the port group that it alone is plugged into. */
  readonly name: string
  readonly group?: Partial<PlantedGroup>
  readonly machine?: Partial<PlantedMachine>
  readonly inside?: 'tagged' | 'jumbo'
  readonly rule: string
  readonly at: string
}

/** Each is what somebody forgets; the sound form of all of them is silent. */
const faults: readonly Fault[] = [
  {
    name: 'deaf',
    group: { promiscuous: false },
    rule: 'network/promiscuous',
    at: 'switches.vSwitch0.portgroups.deaf.security.promiscuous',
  },
  {
    name: 'mute',
    group: { forgedTransmits: false },
    rule: 'network/forged-transmits',
    at: 'switches.vSwitch0.portgroups.mute.security.forgedTransmits',
  },
  {
    name: 'access',
    group: { vlan: 10 },
    inside: 'tagged',
    rule: 'network/vlan-trunk',
    at: 'switches.vSwitch0.portgroups.access.vlan',
  },
  {
    name: 'old',
    machine: { hardwareVersion: 8 },
    rule: 'hardware/version',
    at: 'machines.old.hardware.version',
  },
  {
    name: 'hidden',
    machine: { exposes: false },
    rule: 'cpu/exposure',
    at: 'machines.hidden.hardware.exposeVirtualization',
  },
  { name: 'small', machine: { memoryMiB: 4096 }, rule: 'memory/minimum', at: 'machines.small.memory' },
  { name: 'single', machine: { cpus: 1 }, rule: 'cpu/minimum', at: 'machines.single.cpus' },
  {
    name: 'gpu',
    machine: { passthrough: true },
    rule: 'cpu/passthrough-excludes-exposure',
    at: 'machines.gpu.hardware.passthrough',
  },
  { name: 'jumbo', inside: 'jumbo', rule: 'network/mtu', at: 'switches.vSwitch0.mtu' },
]

const vcenterFault = {
  rule: 'network/vcenter-on-its-switch',
  at: 'switches.DVS0.portgroups.DC0_DVPG0.binding',
}

const sound = {
  guestId: 'vmkernel8Guest',
  cpus: 4,
  memoryMiB: 16_384,
  hardwareVersion: 20,
  firmware: 'efi' as const,
  exposes: true,
  host: 'DC0_C0_H0',
}

/** A vCenter on a port group that can be given out without it, or on one that cannot. */
async function plant(vcsim: Vcsim, isSound: boolean): Promise<void> {
  await using planter = await Planter.open(vcsim)
  for (const { name, group, machine } of faults) {
    await planter.addGroup({ name, vlan: 4095, ...(isSound ? {} : group) })
    await planter.addMachine({ ...sound, name, groups: [name, name], ...(isSound ? {} : machine) })
  }
  await planter.addMachine({
    name: 'management',
    cpus: 4,
    memoryMiB: 24_576,
    settings: { 'SET.guest.ipAddress': '127.0.0.1' },
    ...(isSound ? { groups: ['VM Network'] } : { distributed: 'DC0_DVPG0' }),
  })
}

/** What is inside the nested hosts. */
async function insides() {
  const [plain, tagged, jumbo] = await Promise.all([
    startVcsim({ esx: true }),
    startVcsim({ esx: true, inventory: { machinesPerPool: 0 } }),
    startVcsim({ esx: true, inventory: { machinesPerPool: 0 } }),
  ])
  await using tags = await Planter.open(tagged)
  await tags.addGroup({ name: 'web', vlan: 10, promiscuous: false })
  await tags.addMachine({ name: 'web', groups: ['web'] })
  await using frames = await Planter.open(jumbo)
  await frames.addSwitch('vSwitch1', { mtu: 9000, uplink: 'vmnic1' })
  await frames.addGroup({ name: 'storage', onSwitch: 'vSwitch1', promiscuous: false })
  await frames.addMachine({ name: 'filer', groups: ['storage'] })
  const end = async () => {
    for (const one of [plain, tagged, jumbo]) await one[Symbol.asyncDispose]()
  }
  return { plain, tagged, jumbo, [Symbol.asyncDispose]: end }
}

interface Found {
  readonly rule: string
  readonly at: string
}

async function findings(outer: Vcsim, isSound: boolean): Promise<readonly Found[]> {
  await using inside = await insides()
  await using desk = await Desk.open()
  const environment = {
    NESTLAB_PASSWORD_HOME: outer.password,
    NESTLAB_NESTED_PASSWORD_HOME: inside.plain.password,
  }
  const run = async (...args: readonly string[]) => {
    const ended = await desk.run(args, { environment })
    if (args[0] !== 'check') assert.equal(ended.code, 0, ended.stderr)
    return ended.stdout
  }
  const trusting = ['--user', outer.user, '--fingerprint', outer.fingerprint ?? '']
  await run('site', 'add', 'home', outer.url.href, ...trusting)
  await run('site', 'set', 'home', 'nested.user', inside.plain.user)
  for (const { name, inside: kind = 'plain' } of faults) {
    const { url } = inside[isSound && kind === 'jumbo' ? 'plain' : kind]
    await run('site', 'set', 'home', `reach.${name}`, url.href)
  }
  await run('import', 'vsphere', 'home', '--trust-nested')
  const { problems, findings } = JSON.parse(await run('check', 'home.lab.yaml', '--json'))
  assert.deepEqual(problems, [])
  return findings.map(({ rule, at }: Found) => ({ rule, at }))
}

const byRule = (left: Found, right: Found) => left.rule.localeCompare(right.rule)

describe('the diagnosis of a vCenter', { skip: lackingGo() }, () => {
  test('finds ten faults among a thousand machines, and nothing else', async () => {
    const inventory = { hostsPerCluster: 2, standaloneHosts: 0, machinesPerPool: 990 }
    await using outer = await startVcsim({ host, inventory, autostart: false })
    await plant(outer, false)
    const planted = [...faults, vcenterFault].map(({ rule, at }) => ({ rule, at }))
    assert.deepEqual([...(await findings(outer, false))].sort(byRule), planted.sort(byRule))
  })

  test('finds nothing where everything is sound', async () => {
    const inventory = { hostsPerCluster: 2, standaloneHosts: 0, machinesPerPool: 5 }
    await using outer = await startVcsim({ host, inventory })
    await plant(outer, true)
    assert.deepEqual(await findings(outer, true), [])
  })
})
