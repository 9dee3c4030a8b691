/** The recursive part of the schema: a level has switches and machines, and a hypervisor contains a level. */
import * as z from 'zod'
import { readImageFile, readImageUrl, readSha256 } from './image-reference.ts'
import { limits } from './limits.ts'
import { machineNames, switchNames } from './names.ts'
import { productNames } from './products.ts'
import { described, keysOf, listOf, mapOf, oneOf, plainText, textRead, wholeNumber } from './schema-leaf.ts'
import { nicSchema, type SwitchInput, switchSchema } from './schema-network.ts'
import { traitsShape } from './schema-traits.ts'
import { readMemory } from './sizes.ts'

const sha256 = described(
  textRead('a SHA-256 in hex', readSha256, '^[0-9A-Fa-f]{64}$'),
  'SHA-256 of the image; nothing else is ever started.',
  '0'.repeat(64),
)

const imageFile = keysOf({
  file: described(
    textRead('a relative path', readImageFile),
    'A disk image (qcow2 or raw, with cloud-init) in the folder of the lab file or below.',
    'images/debian.qcow2',
  ),
  sha256,
}).meta({ id: 'ImageFile', description: 'An image in a file beside the lab file.' })

const imageUrl = keysOf({
  url: described(
    textRead('a web address', readImageUrl),
    'Where the disk image is fetched from: `https://`, or `http://` on this machine.',
    'https://cloud.example/debian.qcow2',
  ),
  sha256,
}).meta({ id: 'ImageUrl', description: 'An image that is downloaded.' })

const image = z.union([plainText('the name of an image', 200), imageFile, imageUrl], {
  error: 'the name of an image, or a map with `file` or `url` and its `sha256`',
})

const machineShape = {
  extends: described(
    plainText('the name of a template', 200),
    'The template this machine takes its keys from. Maps are merged key by key; anything else, lists too, is ' +
      'replaced by what the machine itself says.',
    'node',
  ).optional(),
  image: described(
    image,
    'What the machine starts: the name of an image (`nestlab image ls`), or a file or address with its SHA-256. ' +
      'Default: the image of the hypervisor product.',
    'tiny',
  ).optional(),
  cpus: described(
    wholeNumber(1, limits.cpus),
    'Virtual CPUs. Default: what the image or product needs at least.',
    2,
  ).optional(),
  memory: described(
    textRead('a size with its unit', readMemory),
    'Memory with its unit (`512MiB`, `1.5GiB`). Default: what the image or product needs at least.',
    '1GiB',
  ).optional(),
  nics: described(
    listOf(nicSchema, limits.nics),
    'Network cards in their order: the first is called `nic0`. Default none.',
    [{ portgroup: 'management' }],
  ).optional(),
  ...traitsShape,
}

interface MachineFields extends z.output<z.ZodObject<typeof machineShape>> {}

export interface LevelInput {
  switches?: Record<string, SwitchInput> | undefined
  machines?: Record<string, MachineInput> | undefined
}

export interface HypervisorInput extends LevelInput {
  product?: string | undefined
  version?: string | undefined
}

export interface TemplateInput extends MachineFields {
  hypervisor?: HypervisorInput | undefined
}

export interface MachineInput extends TemplateInput {
  count?: number | undefined
}

export type ImageInput = z.output<typeof image>

/** The keys of a level: the same at level 0 and inside every hypervisor. */
export const switchesKey = described(
  mapOf(switchNames, switchSchema),
  'The virtual switches of this level by name.',
  { vSwitch0: { portgroups: { management: {} } } },
).optional()

/** A schema whose input and output are the same, written out because recursion cannot be inferred. */
type Same<Value> = z.ZodType<Value, Value>

const hypervisorSchema: Same<HypervisorInput> = keysOf({
  product: described(
    oneOf(productNames),
    'The hypervisor product. Default: the one in the image.',
    'kvm',
  ).optional(),
  version: described(
    plainText('a version in quotes', 20),
    'Version of the product, in quotes. Default: the newest that Nestlab knows well.',
    '8.0',
  ).optional(),
  switches: switchesKey,
  get machines() {
    return machinesKey
  },
}).meta({
  id: 'Hypervisor',
  description: 'What runs inside a machine that is a hypervisor: a level of its own.',
})

const hypervisorKey = described(
  hypervisorSchema,
  'Makes the machine a hypervisor and says what is inside it.',
  { product: 'kvm' },
).optional()

const machineSchema: Same<MachineInput> = keysOf({
  ...machineShape,
  count: described(
    wholeNumber(1, limits.count),
    'Makes this many equal machines, called NAME-1, NAME-2, and so on (NAME-1 also for a count of 1).',
    2,
  ).optional(),
  hypervisor: hypervisorKey,
}).meta({ id: 'Machine', description: 'A virtual machine.' })

export const templateSchema: Same<TemplateInput> = keysOf({
  ...machineShape,
  hypervisor: hypervisorKey,
}).meta({ id: 'Template', description: 'Keys that machines share through `extends`.' })

export const machinesKey: z.ZodOptional<Same<Record<string, MachineInput>>> = described(
  mapOf(machineNames, machineSchema),
  'The machines of this level by name; the name is also the host name.',
  { web: { image: 'tiny' } },
).optional()
