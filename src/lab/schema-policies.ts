/** The part of the schema about what port groups let through: security policies, VLANs and MAC learning. */
import * as z from 'zod'
import { limits } from './limits.ts'
import { described, keysOf, oneOf, wholeNumber, yesOrNo } from './schema-leaf.ts'
import { readVlan } from './vlan.ts'

const verdict = oneOf(['accept', 'reject'])

export const securitySchema = keysOf({
  promiscuous: described(
    verdict,
    'Whether a port may receive frames that are not addressed to it. A port group that carries nested machines ' +
      'needs `accept` on a standard switch.',
    'accept',
  ).optional(),
  forgedTransmits: described(
    verdict,
    'Whether a machine may send frames with a source MAC that is not its own, as a hypervisor does for the ' +
      'machines inside it.',
    'accept',
  ).optional(),
  macChanges: described(
    verdict,
    'Whether a machine that has changed its MAC still receives frames.',
    'accept',
  ).optional(),
}).meta({ id: 'SecurityPolicy', description: 'The three security policies of a switch or port group.' })

export const vlanSchema = z
  .union([z.number({ error: 'a VLAN' }), z.string({ error: 'a VLAN' })], { error: 'a VLAN' })
  .superRefine((value, context) => {
    const read = readVlan(value)
    if (!read.ok) context.addIssue({ code: 'custom', message: read.text, params: { remedy: read.remedy } })
  })

const learningKeys = keysOf({
  limit: described(
    wholeNumber(1, limits.learnedMacs),
    `Most MACs that are learned behind one port: at most ${limits.learnedMacsOfPort} (the default) on a distributed ` +
      `switch, ${limits.learnedMacs} on a \`learning\` one.`,
    1024,
  ).optional(),
  limitPolicy: described(
    oneOf(['allow', 'drop']),
    'What happens to frames of one MAC more: `allow` forwards them without learning, `drop` drops them. ' +
      'Default `allow`.',
    'drop',
  ).optional(),
  flooding: described(
    yesOrNo(),
    'Whether ports of this port group get unicast frames whose MAC nobody is known to have. Default true.',
    false,
  ).optional(),
  ageingSeconds: described(
    wholeNumber(0, limits.ageingSeconds),
    'Seconds after its last frame until a MAC is forgotten; 0 keeps it. Default 300.',
    600,
  ).optional(),
}).meta({
  id: 'MacLearning',
  description: 'How a switch learns which MACs are behind the ports of a port group.',
})

const learningExpected = 'true, false, `dvfilter`, or a map of keys'

export const macLearningSchema = z.union(
  [z.boolean({ error: learningExpected }), z.literal('dvfilter', { error: learningExpected }), learningKeys],
  { error: learningExpected },
)

export type SecurityInput = z.output<typeof securitySchema>
export type MacLearningInput = z.output<typeof macLearningSchema>
