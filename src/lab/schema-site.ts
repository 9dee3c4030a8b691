/** The part of the schema about level 0: the name of a site, or facts about hosts and clouds. */
import * as z from 'zod'
import { cloudProviders } from './model-traits.ts'
import { hostNames, siteNames } from './names.ts'
import { hostProductNames } from './products.ts'
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
import { bootMedia, logsKey } from './schema-traits.ts'
import { readDiskSize, readMemory } from './sizes.ts'

const siteNicSchema = keysOf({
  model: described(
    plainText('a text', 100),
    'The network card, as its maker calls it.',
    'Intel I210',
  ).optional(),
  mbits: described(wholeNumber(1, 1_000_000), 'Speed in Mbit/s.', 1000).optional(),
}).meta({ id: 'HostNic', description: 'A network card of a physical host.' })

const cpuSchema = keysOf({
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
  sockets: described(wholeNumber(1, 64), 'Processors of the host. Default 1.', 1).optional(),
  cores: described(wholeNumber(1, 4096), 'Cores of the host, all sockets together.', 8).optional(),
  threads: described(wholeNumber(1, 8192), 'Threads of the host, all sockets together.', 16).optional(),
  bits: described(
    z.union([z.literal(32), z.literal(64)], { error: '32 or 64' }),
    'Width of the processor. Default 64.',
    64,
  ).optional(),
  virtualization: described(
    yesOrNo(),
    'Whether VT-x or AMD-V is switched on in the firmware. Default: not known.',
    true,
  ).optional(),
  hybrid: described(
    yesOrNo(),
    'Whether it has two kinds of cores (performance and efficiency). Default false.',
    true,
  ).optional(),
}).meta({ id: 'HostCpu', description: 'The processor of a physical host.' })

const siteHostSchema = keysOf({
  product: described(oneOf(hostProductNames), 'The hypervisor on the host.', 'esxi').optional(),
  version: described(plainText('a version in quotes', 20), 'Its version, in quotes.', '5.5').optional(),
  cpu: described(cpuSchema, 'The processor.', { model: 'Intel Xeon E3-1230', cores: 4 }).optional(),
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
  nested: described(
    yesOrNo(),
    'Whether its hypervisor passes hardware virtualization on to guests (`nested` of KVM). Default: not known.',
    true,
  ).optional(),
  vbs: described(
    yesOrNo(),
    'Whether Windows on it runs with Hyper-V or virtualization-based security. Default: not known.',
    false,
  ).optional(),
  alsoRuns: described(
    listOf(plainText('a hypervisor', 60), 8),
    'Other hypervisors installed beside its own.',
    ['virtualbox'],
  ).optional(),
  baseline: described(
    oneOf(['stig', 'scg']),
    'A security baseline that was applied to it.',
    'scg',
  ).optional(),
  bootMedia,
  logs: logsKey,
  note: described(
    plainText('a text', 500),
    'Anything worth knowing about the host.',
    'fan on CPU_FAN1',
  ).optional(),
}).meta({ id: 'SiteHost', description: 'Facts about a physical host, present or still to be bought.' })

const cloudSchema = keysOf({
  provider: described(oneOf(cloudProviders), 'Whose cloud it is.', 'ec2'),
  size: described(plainText('the name of a size', 60), 'The size, as the provider calls it.', 'm8i.2xlarge'),
  nested: described(
    yesOrNo(),
    'Whether nested virtualization is asked for when the instance is made. Default false.',
    true,
  ).optional(),
  spot: described(yesOrNo(), 'Whether it is a spot instance. Default false.', false).optional(),
  hibernation: described(
    yesOrNo(),
    'Whether it can be sent to hibernation. Default false.',
    false,
  ).optional(),
  securityType: described(
    oneOf(['standard', 'trusted-launch', 'confidential']),
    'Security type of an Azure machine. Default: not known.',
    'standard',
  ).optional(),
  os: described(plainText('a text', 60), 'Its operating system.', 'linux').optional(),
  dns: described(
    plainText('an IPv4 address', 40),
    'The name server of its virtual network.',
    '10.0.0.4',
  ).optional(),
}).meta({ id: 'Cloud', description: 'Level 0 as an instance in a cloud.' })

const factsSchema = keysOf({
  kind: described(z.literal('facts', { error: '`facts`' }), 'Always `facts`.', 'facts'),
  hosts: described(mapOf(hostNames, siteHostSchema), 'The physical hosts by name.', {
    'esxi-a': { product: 'esxi', memory: '32GiB' },
  }).optional(),
  cloud: described(cloudSchema, 'An instance in a cloud, instead of hosts.', {
    provider: 'ec2',
    size: 'm8i.2xlarge',
  }).optional(),
})
  .superRefine(({ hosts, cloud }, context) => {
    if ((hosts === undefined) !== (cloud === undefined)) return
    const message = hosts
      ? 'Facts are about hosts or about a cloud, not both.'
      : 'Facts about nothing say nothing.'
    context.addIssue({ code: 'custom', message, params: { remedy: 'Write `hosts` or `cloud`.' } })
  })
  .meta({
    id: 'SiteFacts',
    description: 'Hardware as described here; nothing on it is touched or asked.',
    examples: [{ kind: 'facts', hosts: { 'esxi-a': { product: 'esxi', memory: '32GiB' } } }],
  })

export const siteSchema = z.union([nameText(siteNames), factsSchema], {
  error: 'the name of a site, or a map with `kind: facts`',
})

export type SiteInput = z.output<typeof siteSchema>
