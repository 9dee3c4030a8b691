/** Top-level sections beside the machines: facts about the site, and sections whose effect a later version brings. */
import * as z from 'zod'
import { hostNames, machineNames, siteNames } from './names.ts'
import { productNames } from './products.ts'
import {
  described,
  keysOf,
  listOf,
  mapOf,
  nameText,
  oneOf,
  plainText,
  textRead,
  wholeNumber,
  yesOrNo,
} from './schema-leaf.ts'
import { readDiskSize, readMemory } from './sizes.ts'

const machinePath = plainText('the path of a machine, such as `kvm-1/web`', 600)

const siteNicSchema = keysOf({
  model: described(
    plainText('a text', 100),
    'The network card, as its maker calls it.',
    'Intel I210',
  ).optional(),
  mbits: described(wholeNumber(1, 1_000_000), 'Speed in Mbit/s.', 1000).optional(),
}).meta({ id: 'HostNic', description: 'A network card of a physical host.' })

const siteHostSchema = keysOf({
  product: described(oneOf(productNames), 'The hypervisor on the host.', 'esxi').optional(),
  version: described(plainText('a version in quotes', 20), 'Its version, in quotes.', '5.5').optional(),
  cpu: described(
    keysOf({
      model: described(
        plainText('a text', 100),
        'The processor, as its maker calls it.',
        'Intel Xeon E3-1230',
      ).optional(),
      generation: described(
        plainText('a text', 40),
        'Its generation, such as `nehalem`, `westmere`, `haswell`, `zen3`.',
        'haswell',
      ).optional(),
      cores: described(wholeNumber(1, 4096), 'Cores of the host, all sockets together.', 8).optional(),
      threads: described(wholeNumber(1, 8192), 'Threads of the host, all sockets together.', 16).optional(),
    }).meta({ id: 'HostCpu', description: 'The processor of a physical host.' }),
    'The processor.',
    { model: 'Intel Xeon E3-1230', cores: 4 },
  ).optional(),
  memory: described(
    textRead('a size with its unit', readMemory),
    'Memory of the host with its unit.',
    '32GiB',
  ).optional(),
  disks: described(listOf(textRead('a size with its unit', readDiskSize), 64), 'Sizes of its disks.', [
    '119GiB',
  ]).optional(),
  nics: described(listOf(siteNicSchema, 64), 'Its network cards.', [
    { model: 'Intel I210', mbits: 1000 },
  ]).optional(),
  note: described(
    plainText('a text', 500),
    'Anything worth knowing about the host.',
    'fan on CPU_FAN1',
  ).optional(),
}).meta({ id: 'SiteHost', description: 'Facts about a physical host, present or still to be bought.' })

const factsSchema = keysOf({
  kind: described(z.literal('facts', { error: '`facts`' }), 'Always `facts`.', 'facts'),
  hosts: described(mapOf(hostNames, siteHostSchema), 'The physical hosts by name.', {
    'esxi-a': { product: 'esxi', memory: '32GiB' },
  }),
}).meta({ id: 'SiteFacts', description: 'Hardware as described here; nothing on it is touched or asked.' })

export const siteSchema = z.union([nameText(siteNames), factsSchema], {
  error: 'the name of a site, or a map with `kind: facts`',
})

export const clusterSchema = keysOf({
  members: described(
    listOf(plainText('the name of a machine or host', 600), 10_000),
    'The hypervisors in it: names of machines (with `count`, also the name of all of them) or of hosts of the site.',
    ['esxi-1', 'esxi-2'],
  ),
  evc: described(
    plainText('an EVC baseline', 40),
    'EVC baseline: the oldest CPU generation its members must look like.',
    'westmere',
  ).optional(),
  drs: described(
    yesOrNo(),
    'Whether machines are balanced among the members. Default false.',
    true,
  ).optional(),
  ha: described(
    yesOrNo(),
    'Whether machines of a lost member are started elsewhere. Default false.',
    true,
  ).optional(),
}).meta({ id: 'Cluster', description: 'Hypervisors that act as one.' })

export const datastoreSchema = keysOf({
  kind: described(oneOf(['local', 'nfs', 'iscsi', 'vmfs', 'vsan']), 'How it is reached.', 'nfs'),
  size: described(
    textRead('a size with its unit', readDiskSize),
    'Its size with the unit.',
    '2TiB',
  ).optional(),
  members: described(
    listOf(plainText('the name of a machine or host', 600), 10_000),
    'The hypervisors that see it. Default: all of its level.',
    ['esxi-1', 'esxi-2'],
  ).optional(),
}).meta({ id: 'Datastore', description: 'Where hypervisors keep disks.' })

const pair = {
  from: described(machinePath, 'Path of the machine that asks.', 'kvm-1/web'),
  to: described(machinePath, 'Path of the machine that is asked.', 'kvm-2/web'),
}

const pairSchema = keysOf(pair).meta({
  id: 'Pair',
  description: 'The machine that asks and the one that is asked.',
})

export const expectationSchema = keysOf({
  reach: described(pairSchema, 'The first machine reaches the second one.', {
    from: 'kvm-1/web',
    to: 'kvm-2/web',
  }).optional(),
  isolated: described(pairSchema, 'The first machine does not reach the second one.', {
    from: 'kvm-1/web',
    to: 'kvm-2/web',
  }).optional(),
  http: described(
    keysOf({
      ...pair,
      port: described(wholeNumber(1, 65_535), 'TCP port. Default 80.', 80).optional(),
      status: described(wholeNumber(100, 599), 'Status that must come back. Default 200.', 200).optional(),
    }).meta({ id: 'HttpExpectation', description: 'A request from one machine to another.' }),
    'The second machine answers the first one over HTTP.',
    { from: 'kvm-1/web', to: 'kvm-2/web' },
  ).optional(),
  exec: described(
    keysOf({
      on: described(machinePath, 'Path of the machine.', 'kvm-1/web'),
      command: described(
        listOf(plainText('a text', 1000), 100).min(1, { error: 'a list of at least one text' }),
        'The program and its arguments; no shell is involved.',
        ['test', '-e', '/etc/motd'],
      ),
      exitCode: described(wholeNumber(0, 255), 'Exit code that must come back. Default 0.', 0).optional(),
    }).meta({ id: 'ExecExpectation', description: 'A command on a machine.' }),
    'A command on a machine ends as it should.',
    { on: 'kvm-1/web', command: ['true'] },
  ).optional(),
})
  .superRefine((expectation, context) => {
    const count = Object.values(expectation).filter((value) => value !== undefined).length
    if (count === 1) return
    const message = `An expectation has exactly one of its keys, but this one has ${count || 'none'}.`
    const remedy = 'Write one of `reach`, `isolated`, `http`, `exec`; begin a new item for the next one.'
    context.addIssue({ code: 'custom', message, params: { remedy } })
  })
  .meta({
    id: 'Expectation',
    description: 'One assertion on the running lab; exactly one of the keys.',
    examples: [{ exec: { on: 'kvm-1/web', command: ['true'] } }],
  })

export const classSchema = keysOf({
  seats: described(wholeNumber(1, 1000), 'How many copies of the lab are handed out.', 20),
  opens: described(
    plainText('a date and time', 40),
    'When the seats become usable.',
    '2027-01-11T08:00:00Z',
  ).optional(),
  closes: described(
    plainText('a date and time', 40),
    'When they are taken away.',
    '2027-01-15T18:00:00Z',
  ).optional(),
  hours: described(wholeNumber(1, 10_000), 'Running hours that each seat has.', 20).optional(),
  template: described(
    nameText(machineNames),
    'Name of the snapshot that every seat begins from.',
    'ready',
  ).optional(),
}).meta({ id: 'Class', description: 'The lab as one of many equal seats.' })

export type SiteInput = z.output<typeof siteSchema>
export type ClusterInput = z.output<typeof clusterSchema>
export type ExpectationInput = z.output<typeof expectationSchema>
