/** The one definition of a lab file: types, validation, JSON Schema and reference page come from here. */
import * as z from 'zod'
import { labUses } from './model-traits.ts'
import { labNames, sectionNames, templateNames } from './names.ts'
import { described, keysOf, listOf, mapOf, nameText, oneOf, plainText } from './schema-leaf.ts'
import { machinesKey, switchesKey, templateSchema } from './schema-machine.ts'
import { overlaySchema } from './schema-overlay.ts'
import {
  classSchema,
  clusterSchema,
  datastoreSchema,
  expectationSchema,
  suppressionSchema,
} from './schema-sections.ts'
import { siteSchema } from './schema-site.ts'

export const labSchema = keysOf({
  nestlab: described(z.literal(1, { error: 'the number 1' }), 'Version of the file format.', 1),
  name: described(
    nameText(labNames),
    'Name of the lab. MAC addresses and addresses are derived from it, so renaming a lab makes a new one.',
    'two-hypervisors',
  ),
  purpose: described(plainText('a text', 2000), 'What the lab is for.', 'rehearse the upgrade').optional(),
  use: described(
    oneOf(labUses),
    'What it is used for. Checks say when nesting is not good for that. Default `lab`.',
    'demo',
  ).optional(),
  snapshots: described(
    oneOf(['running', 'stopped']),
    'Whether snapshots are to be taken of machines that run, or only of stopped ones. Default: none are planned.',
    'running',
  ).optional(),
  site: described(
    siteSchema,
    'Where level 0 is: the name of a site (`local`: QEMU on this machine; `sim`: a simulated machine park), or facts ' +
      'about hardware. Default `local`.',
    'local',
  ).optional(),
  switches: switchesKey,
  machines: machinesKey,
  templates: described(
    mapOf(templateNames, templateSchema),
    'Keys that several machines share; see `extends`.',
    { node: { image: 'kvm-node', memory: '1GiB' } },
  ).optional(),
  clusters: described(mapOf(sectionNames, clusterSchema), 'Clusters of hypervisors by name.', {
    compute: { members: ['esxi-1', 'esxi-2'] },
  }).optional(),
  datastores: described(mapOf(sectionNames, datastoreSchema), 'Datastores by name.', {
    nas: { kind: 'nfs', size: '2TiB' },
  }).optional(),
  overlays: described(mapOf(sectionNames, overlaySchema), 'Overlay networks between hypervisors by name.', {
    'tenant-a': { vni: 5001, between: ['kvm-1', 'kvm-2'] },
  }).optional(),
  expect: described(
    listOf(expectationSchema, 10_000),
    'Assertions on the running lab, for tests, exercises and grading.',
    [{ reach: { from: 'kvm-1/web', to: 'kvm-2/web' } }],
  ).optional(),
  class: described(classSchema, 'The lab as one of many equal seats.', { seats: 20 }).optional(),
  suppress: described(listOf(suppressionSchema, 1000), 'Findings of `nestlab check` that are accepted.', [
    { rule: 'network/promiscuous', reason: 'the outer switch is shared with nobody' },
  ]).optional(),
}).meta({ id: 'Lab', description: 'A lab of hypervisors inside hypervisors.' })

/** A lab file as one writes it. */
export type LabFile = z.input<typeof labSchema>

/** A lab file that has the right shape. */
export type LabInput = z.output<typeof labSchema>

/** Gives a lab written in TypeScript its types; the module that exports it as `lab` can be used as a lab file. */
export function defineLab(lab: LabFile): LabFile {
  return lab
}
