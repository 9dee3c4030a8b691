/** The one definition of a bill of materials as a file. */
import * as z from 'zod'
import { described, keysOf, listOf, oneOf, plainText, readMemory, textRead, wholeNumber, yesOrNo } from '#lab'

export const bomLimits = {
  /** The largest bill anybody has shown us has a hundred lines. */
  fileBytes: 64 * 1024,
  /** A list of maps of texts is three deep. */
  depth: 10,
  parts: 200,
  count: 100,
  modelLength: 120,
} as const

const memory = () => textRead('a size with its unit', readMemory)

const model = () => plainText('the model in quotes', bomLimits.modelLength).min(2, { error: 'a model' })

const part = (what: string, example: string) => described(model(), what, example).optional()

const partSchema = keysOf({
  board: part('A mainboard.', 'ASRock C2750D4I'),
  system: part('A whole machine, with CPU, case and power supply.', 'Dell PowerEdge R730'),
  cpu: part('A processor for the socket of the board.', 'Intel Xeon E3-1230 v3'),
  memory: part('A memory module; `count` says how many.', 'Kingston KVR16N11H/8'),
  ssd: part('A solid state disk.', 'Samsung 850 Pro 128 GB'),
  case: part('A case.', 'LC-Power LC-1410mi'),
  psu: part('A power supply, where the case has none.', 'be quiet! SFX Power 3 300W'),
  fan: part('A fan; `on` says which connector it is plugged into.', 'Noctua NF-R8 PWM'),
  nic: part('A network card.', 'Intel I350-T4'),
  count: described(wholeNumber(1, bomLimits.count), 'How many of it. Default 1.', 4).optional(),
  on: described(
    plainText('the name of a connector', 40),
    'The connector of the board that the fan is plugged into.',
    'CPU_FAN1',
  ).optional(),
}).meta({ id: 'Part' })

const needsSchema = keysOf({
  memory: described(memory(), 'Memory that it must have. Default 32GiB.', '32GiB').optional(),
  upgradeTo: described(
    memory(),
    'Memory that it must be able to grow to. Default 64GiB.',
    '64GiB',
  ).optional(),
  sata: described(wholeNumber(0, 1000), 'SATA connectors. Default 4.', 4).optional(),
  nics: described(wholeNumber(0, 100), 'Ports for networks. Default 2.', 2).optional(),
  outOfBand: described(
    yesOrNo(),
    'Whether it must be reached when it is off. Default true.',
    true,
  ).optional(),
  nested: described(
    yesOrNo(),
    'Whether hypervisors run inside machines on it. Default true.',
    true,
  ).optional(),
}).meta({ id: 'Needs' })

const purposeSchema = keysOf({
  product: described(
    oneOf(['esxi', 'kvm', 'proxmox', 'hyperv', 'xcp-ng']),
    'The hypervisor that will run on it.',
    'esxi',
  ),
  version: described(
    plainText('a version in quotes', 20).regex(/^\d+(\.\d+)?([uU]\d+)?$/, {
      error: 'a version such as "5.5" or "8.0u2"',
    }),
    'Its version, in quotes. Without an update, such as `u2`, its last update is meant.',
    '5.5u2',
  ).optional(),
}).meta({ id: 'Purpose' })

export const bomSchema = keysOf({
  'nestlab-bom': described(z.literal(1, { error: 'the number 1' }), 'Version of the file format.', 1),
  name: described(plainText('a name', 60), 'Name of the machine.', 'home-lab'),
  for: described(purposeSchema, 'The hypervisor that will run on it.', { product: 'esxi' }).optional(),
  needs: described(needsSchema, 'What the machine must be able to do.', { memory: '32GiB' }).optional(),
  parts: described(listOf(partSchema, bomLimits.parts), 'The parts, each with its model.', [
    { board: 'ASRock C2750D4I' },
  ]),
}).meta({ id: 'Bom' })

/** A bill that has the right shape. */
export type BomInput = z.output<typeof bomSchema>
