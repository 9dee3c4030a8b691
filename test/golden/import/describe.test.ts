/** What an import writes about an inventory, as a lab file that one would read. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab, machinesOf } from '#lab'
import { allRules } from '#rules'
import { describeLab, type ImportedLab } from '../../../src/providers/vsphere/import/import-vsphere.ts'
import type { Inventory } from '../../../src/providers/vsphere/import/inventory.ts'
import { topLevel } from '../../../src/providers/vsphere/import/levels.ts'
import { closed, hostOf, inventoryOf, machineOf, on, open, ref, switchOf } from './inventory.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
/** `NESTLAB_ACCEPT=1` writes the texts anew; read the difference before committing it. */
const accept = process.env.NESTLAB_ACCEPT === '1'

function describe(inventory: Inventory): ImportedLab {
  return describeLab(topLevel(inventory, {}), { site: 'home', address: 'vcenter.lab', scope: {} })
}

function labOf(text: string) {
  const { lab, problems } = loadLab(text, { file: 'home.lab.yaml' })
  assert.deepEqual(problems, [])
  assert.ok(lab)
  return lab
}

function compare(name: string, text: string): void {
  if (accept) writeFileSync(folder + name, text)
  assert.equal(text, readFileSync(folder + name, 'utf8'))
}

const nestedMac = '00:50:56:aa:00:01'

/** Two hosts that differ, a distributed switch, and a nested host that the same vCenter manages. */
const varied = inventoryOf(
  [
    hostOf('esxi-a.lab.example', {
      standard: [
        switchOf({
          portgroups: [
            { name: 'VM Network', vlan: 0, policy: closed },
            { name: 'Lab Trunk', vlan: 4095, policy: open },
          ],
        }),
        switchOf({
          name: 'isolated',
          uplinks: [],
          portgroups: [{ name: 'inside', vlan: 0, policy: closed }],
        }),
      ],
      proxies: [{ uuid: 'dvs', name: 'dvs', uplinks: ['vmnic1'] }],
    }),
    hostOf('esxi-b.lab.example', {
      standard: [
        switchOf({
          portgroups: [
            { name: 'VM Network', vlan: 20, policy: closed },
            { name: 'Lab Trunk', vlan: 4095, policy: open },
          ],
        }),
        switchOf({
          name: 'isolated',
          uplinks: [],
          portgroups: [{ name: 'inside', vlan: 0, policy: closed }],
        }),
      ],
      proxies: [{ uuid: 'dvs', name: 'dvs', uplinks: ['vmnic1'] }],
    }),
    hostOf('nested-1.lab.example', {
      version: '7.0.3',
      nics: [{ device: 'vmnic0', mac: nestedMac, mbits: 10_000 }],
      datastores: [],
    }),
  ],
  [
    machineOf('Nested 1', 'esxi-a.lab.example', {
      guestId: 'vmkernel7Guest',
      cpus: 4,
      memoryMiB: 32_768,
      exposesVirtualization: true,
      execution: 'automatic',
      firmware: 'efi',
      nics: [on('Lab Trunk', nestedMac)],
      addresses: new Map([[4000, [{ ip: '10.0.0.21', prefixLength: 24 }]]]),
      disks: [{ sizeMiB: 153_600, thin: true, isNvme: false, isRaw: false }],
    }),
    machineOf('web', 'nested-1.lab.example', { nics: [on('VM Network', '00:50:56:aa:00:02')] }),
    machineOf('vcsa', 'esxi-b.lab.example', {
      cpus: 4,
      memoryMiB: 21_504,
      appliance: 'VMware vCenter Server Appliance',
      guestName: 'VCENTER.lab',
      nics: [
        { key: 4000, mac: '00:50:56:aa:00:03', network: { kind: 'distributed', groupKey: 'management' } },
      ],
      addresses: new Map([[4000, [{ ip: '10.0.0.5', prefixLength: 24 }]]]),
    }),
    machineOf('copy', 'esxi-b.lab.example', {
      isOn: false,
      nics: [on('VM Network', '00:50:56:aa:00:03'), on('inside')],
      disks: [
        { sizeMiB: 40_960, isNvme: false, isRaw: false },
        { sizeMiB: 102_400, datastore: ref('Datastore', 'nas'), thin: false, isNvme: true, isRaw: false },
      ],
    }),
    machineOf('golden', 'esxi-a.lab.example', { isTemplate: true, isOn: false }),
    machineOf('kvm-node', 'esxi-a.lab.example', {
      exposesVirtualization: true,
      settings: { 'vhv.enable': 'TRUE', 'ethernet0.filter4.name': 'dvfilter-maclearn' },
      passthrough: ['NVIDIA T4'],
      nics: [{ key: 4000, network: { kind: 'opaque', id: 'segment-7' } }],
    }),
    machineOf('lost', 'esxi-a.lab.example', { isReadable: false, guestId: 'vmkernel65Guest' }),
  ],
  {
    clusters: [
      {
        ref: ref('ClusterComputeResource', 'physical'),
        name: 'Physical hosts',
        drs: true,
        ha: false,
        evc: 'intel-icelake',
        hosts: [ref('HostSystem', 'esxi-a.lab.example'), ref('HostSystem', 'esxi-b.lab.example')],
      },
      {
        ref: ref('ClusterComputeResource', 'nested'),
        name: 'nested',
        hosts: [ref('HostSystem', 'nested-1.lab.example')],
      },
    ],
    distributed: [
      {
        ref: ref('DistributedVirtualSwitch', 'dvs'),
        name: 'dvs',
        uuid: 'dvs',
        version: '8.0.0',
        mtu: 9000,
        hosts: [ref('HostSystem', 'esxi-a.lab.example'), ref('HostSystem', 'esxi-b.lab.example')],
        portgroups: [
          {
            ref: ref('DistributedVirtualPortgroup', 'management'),
            name: 'management',
            key: 'management',
            vlan: { id: 30 },
            policy: { promiscuous: false, forgedTransmits: false, macChanges: false },
            binding: 'ephemeral',
            isUplink: false,
          },
          {
            ref: ref('DistributedVirtualPortgroup', 'learning'),
            name: 'nested/trunk',
            key: 'learning',
            vlan: {
              ranges: [
                { from: 10, to: 20 },
                { from: 30, to: 30 },
              ],
            },
            policy: { promiscuous: false, forgedTransmits: true, macChanges: false },
            learning: { flooding: true, limit: 4096, limitPolicy: 'DROP' },
            binding: 'static',
            isUplink: false,
          },
          {
            ref: ref('DistributedVirtualPortgroup', 'private'),
            name: 'private',
            key: 'private',
            vlan: { privateVlan: 101 },
            policy: closed,
            binding: 'static',
            isUplink: false,
          },
          {
            ref: ref('DistributedVirtualPortgroup', 'uplinks'),
            name: 'dvs-DVUplinks-7',
            key: 'uplinks',
            vlan: { ranges: [{ from: 0, to: 4094 }] },
            binding: 'static',
            isUplink: true,
          },
        ],
      },
    ],
    unseen: ['The licences could not be read.'],
  },
)

test('an import is a lab file that says what is there and what could not be seen', () => {
  const { text, unseen, read, unread } = describe(varied)
  compare('varied.lab.yaml', text)
  labOf(text)
  assert.deepEqual(unseen, ['The licences could not be read.'])
  assert.deepEqual(read, ['nested-1'])
  assert.deepEqual(
    unread.map(({ path }) => path),
    ['lost'],
  )
})

test('a host that is a machine of the same vCenter is a hypervisor with its machines inside', () => {
  const lab = labOf(describe(varied).text)
  assert.deepEqual(
    lab.hosts?.map(({ name }) => name),
    ['esxi-a', 'esxi-b'],
  )
  const machines = new Map([...machinesOf(lab.top)].map((machine) => [machine.path, machine]))
  const inside = machines.get('nested-1')?.hypervisor
  assert.equal(inside?.version, '7.0.3')
  assert.deepEqual(inside?.inside.switches[0]?.uplinks, [{ kind: 'nic', name: 'nic0' }])
  assert.ok(machines.has('nested-1/web'))
  assert.deepEqual(lab.clusters?.find(({ name }) => name === 'nested')?.members, ['nested-1'])
})

test('a port group whose VLAN differs between hosts keeps both, and machines the one of their host', () => {
  const lab = labOf(describe(varied).text)
  const groups = lab.top.switches.flatMap(({ portgroups }) => portgroups)
  const both = groups.filter(({ name }) => /^VM-Network/.test(name))
  assert.deepEqual(
    both.map(({ name, vlan, hosts }) => ({ name, vlan, hosts })),
    [
      { name: 'VM-Network', vlan: { mode: 'none' }, hosts: ['esxi-a'] },
      { name: 'VM-Network-2', vlan: { mode: 'access', id: 20 }, hosts: ['esxi-b'] },
    ],
  )
  const copy = lab.top.machines.find(({ name }) => name === 'copy')
  assert.deepEqual(
    copy?.nics.map(({ portgroup }) => portgroup),
    ['VM-Network-2', 'inside-2'],
  )
})

test('names of a server end neither a value nor a comment, however they are written', () => {
  const names = [
    'a: b # c',
    '"}\n  image: tiny\n#',
    '\u001b[31mred\u001b[0m\u0007',
    '\u202egnirts desrever',
    '🔥🔥🔥',
    '- [x] {y}',
    '!!binary |',
    'ümlaut.example',
    'Web',
    'web',
    'WEB ',
    '"',
    '\ud800',
    'x'.repeat(200),
    'null',
    '12',
    '##[set-env]',
    'vSwitch0',
    'esxi-a',
  ]
  const groups = names.map((name) => ({ name, vlan: 0, policy: closed }))
  const host = hostOf('esxi-a', {
    standard: [switchOf({ portgroups: groups }), switchOf({ name: names[1] ?? '' })],
  })
  const machines = names.map((name, index) =>
    machineOf(name, 'esxi-a', {
      ref: ref('VirtualMachine', `vm-${index}`),
      guestId: name,
      passthrough: [name],
      settings: { [`monitor.${name.slice(0, 50)}`]: name },
      nics: [on(name)],
    }),
  )
  const { text } = describe(inventoryOf([host], machines))
  const lab = labOf(text)
  assert.equal(lab.top.machines.length, names.length)
  assert.ok(
    lab.top.machines.every(({ image }) => image.from === 'catalogue' && image.name === 'unknown-guest'),
  )
  assert.equal(new Set(lab.top.machines.map(({ nics }) => nics[0]?.portgroup)).size, names.length)
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
})

test('what is switched off does not count against the memory of the hosts', () => {
  const big = { memoryMiB: 400_000, isOn: false }
  const machines = ['a', 'b'].map((name) => machineOf(name, 'esxi-a', big))
  const lab = labOf(describe(inventoryOf([hostOf('esxi-a')], machines)).text)
  assert.deepEqual(
    lab.suppress?.map(({ rule }) => rule),
    ['memory/host-fit'],
  )
  const running = machines.map((machine) => ({ ...machine, isOn: true }))
  assert.equal(labOf(describe(inventoryOf([hostOf('esxi-a')], running)).text).suppress, undefined)
  assert.ok(allRules.some(({ id }) => id === 'memory/host-fit'))
})

test('what the lab room refuses is left out with a comment instead of spoiling the file', () => {
  const old = hostOf('esxi-a', { version: '6.5.0', proxies: [{ uuid: 'dvs', name: 'dvs', uplinks: [] }] })
  const [dvs] = varied.survey.distributed
  assert.ok(dvs)
  const distributed = [{ ...dvs, hosts: [ref('HostSystem', 'esxi-a')] }]
  const { text, unseen } = describe(inventoryOf([old], [], { distributed }))
  labOf(text)
  assert.match(text, /# macLearning is left out: Distributed switches learn MACs since ESXi 6\.7/)
  assert.equal(unseen.length, 1)
})
