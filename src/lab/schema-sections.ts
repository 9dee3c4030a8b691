/** Top-level sections beside the machines: facts about the site, and sections whose effect a later version brings. */
import type * as z from 'zod'
import { readDurationOrNever } from './durations.ts'
import { cloudProviders, diskKinds } from './model-traits.ts'
import { machineNames } from './names.ts'
import { good, type Read, refused } from './problem.ts'
import {
  described,
  keysOf,
  listOf,
  nameText,
  oneOf,
  plainText,
  textRead,
  wholeNumber,
  yesOrNo,
} from './schema-leaf.ts'
import { powerScheduleSchema } from './schema-traits.ts'
import { readDiskSize } from './sizes.ts'

const machinePath = plainText('the path of a machine, such as `kvm-1/web`', 600)

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
  vsan: described(
    yesOrNo(),
    'Whether the disks of its members make one vSAN datastore. Default false.',
    true,
  ).optional(),
  witness: described(machinePath, 'The witness of a vSAN with two data sites.', 'witness').optional(),
}).meta({ id: 'Cluster', description: 'Hypervisors that act as one.' })

/** Names of folders that mean the same to every NFS server, and nothing to a shell. */
function readExport(text: string): Read<string> {
  if (/^(\/[A-Za-z0-9._-]+){1,16}$/.test(text) && !/\/\.\.?(\/|$)/.test(text)) return good(text)
  const remedy = 'Write it like `/export/machines`, in letters, digits, dots, hyphens and underscores.'
  return refused('This is no absolute path of a folder.', remedy)
}

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
  server: described(
    machinePath,
    'The machine that serves it, with `kind: nfs`. Default: the only one beside the members with `role: nas`.',
    'nas',
  ).optional(),
  export: described(
    textRead('the absolute path of a folder', readExport),
    'The folder that the server exports. Default: `/srv/nfs/` and the name of the datastore.',
    '/export/machines',
  ).optional(),
  disks: described(
    keysOf({
      count: described(wholeNumber(1, 1000), 'How many.', 2),
      kind: described(oneOf(diskKinds), 'What kind.', 'sata'),
      layout: described(
        oneOf(['single', 'stripe', 'mirror', 'parity']),
        'How data lies on them: `mirror` writes everything twice.',
        'mirror',
      ),
    }).meta({ id: 'DatastoreDisks', description: 'The disks behind a datastore.' }),
    'The disks behind it.',
    { count: 2, kind: 'sata', layout: 'mirror' },
  ).optional(),
  cache: described(
    textRead('a size with its unit', readDiskSize),
    'Flash in the hosts that caches reads, all hosts together.',
    '256GiB',
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
  exercise: described(
    plainText('a text', 200),
    'What students are asked to do so that it holds. Default: what is expected, in words.',
    'Let the two web servers reach each other',
  ).optional(),
  points: described(
    wholeNumber(0, 1000),
    'Points that a seat of a class gets for it. Default 1.',
    5,
  ).optional(),
})
  .superRefine((expectation, context) => {
    const { exercise: _, points: __, ...kinds } = expectation
    const count = Object.values(kinds).filter((value) => value !== undefined).length
    if (count === 1) return
    const message = `An expectation has exactly one of its kinds, but this one has ${count || 'none'}.`
    const remedy = 'Write one of `reach`, `isolated`, `http`, `exec`; begin a new item for the next one.'
    context.addIssue({ code: 'custom', message, params: { remedy } })
  })
  .meta({
    id: 'Expectation',
    description: 'One assertion on the running lab: exactly one of `reach`, `isolated`, `http` and `exec`.',
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
  idle: described(
    textRead('a length of time such as 30min, or never', readDurationOrNever),
    'A seat that nobody has used for this long stands still until it is used again. Default 30min; `never` lets all of them run.',
    '30min',
  ).optional(),
  power: described(powerScheduleSchema, 'Outside of these hours all seats stand still.', {
    on: '07:30',
    off: '19:00',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  }).optional(),
  template: described(
    nameText(machineNames),
    'Name of the snapshot that every seat begins from.',
    'ready',
  ).optional(),
  provider: described(oneOf(cloudProviders), 'The cloud that the seats are in.', 'azure').optional(),
  size: described(
    plainText('the name of a size', 60),
    'Size of a seat, as the cloud calls it.',
    'Standard_D4s_v5',
  ).optional(),
  administrators: described(
    yesOrNo(),
    'Whether students are administrators of their seat. Default: not known.',
    false,
  ).optional(),
  groups: described(
    listOf(plainText('the name of a group', 100), 32),
    'Groups that students belong to inside a seat.',
    ['Hyper-V Administrators'],
  ).optional(),
  nat: described(yesOrNo(), 'Whether the machines of a seat are behind a NAT of their own.', true).optional(),
  diskFolder: described(
    plainText('a folder', 300),
    'Folder of virtual disks inside a seat.',
    'C:\\VMs',
  ).optional(),
  diskKind: described(oneOf(['dynamic', 'fixed']), 'Kind of the virtual disks in it.', 'dynamic').optional(),
}).meta({ id: 'Class', description: 'The lab as one of many equal seats.' })

function readReason(text: string): Read<string> {
  if (text.trim().length >= 10 && text.length <= 500) return good(text)
  const remedy = 'Say why in 10 to 500 characters, for whoever reads the file next.'
  return refused(`A reason has 10 to 500 characters, but this one has ${text.trim().length}.`, remedy)
}

export const suppressionSchema = keysOf({
  rule: described(
    plainText('the id of a rule', 100),
    'The rule: `nestlab check` prints its id.',
    'network/promiscuous',
  ),
  at: described(
    plainText('a place of the lab', 600),
    'Only findings about this machine, switch or section: the beginning of what a finding is about. Default: all.',
    'machines.kvm',
  ).optional(),
  reason: described(
    textRead('a text of 10 to 500 characters', readReason),
    'Why it is accepted, for whoever reads the file next.',
    'the outer switch is shared with nobody',
  ),
}).meta({ id: 'Suppression', description: 'A finding of `nestlab check` that is accepted.' })

export type DatastoreInput = z.output<typeof datastoreSchema>
export type ClassInput = z.output<typeof classSchema>
export type SuppressionInput = z.output<typeof suppressionSchema>
export type ClusterInput = z.output<typeof clusterSchema>
export type ExpectationInput = z.output<typeof expectationSchema>
