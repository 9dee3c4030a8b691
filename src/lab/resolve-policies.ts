/** What the port groups of each kind of switch let through and learn, where the file says it and where it does not. */
import { limits } from './limits.ts'
import type { MacLearning, PortGroup, SecurityPolicy, SwitchKind } from './model.ts'
import type { Finding, Path } from './problem.ts'
import type { PortgroupInput, SwitchInput } from './schema-network.ts'
import type { MacLearningInput, SecurityInput } from './schema-policies.ts'

/** Defaults of the vendors: facts/rules.md 2.6; those of a standard switch before ESXi 7.0. */
export const defaultSecurity: Readonly<Record<SwitchKind, SecurityPolicy>> = {
  standard: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
  distributed: { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' },
  learning: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
  hyperv: { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' },
}

export type SwitchedLearning = Extract<MacLearning, { readonly by: 'switch' }>

export const defaultLearning: SwitchedLearning = {
  by: 'switch',
  limit: limits.learnedMacsOfPort,
  limitPolicy: 'allow',
  flooding: true,
  ageingS: 300,
}

/** What a hypervisor is, as far as it decides about its switches. */
export interface Owning {
  readonly product?: string | undefined
  readonly version?: string | undefined
}

/** A switch whose port groups are looked at. */
export interface PolicyPlace {
  readonly kind: SwitchKind
  /** What all its port groups inherit. */
  readonly security: SecurityPolicy
  /** The hypervisors it may run on. */
  readonly owners: readonly Owning[]
  /** Of the switch. */
  readonly path: Path
  readonly findings: Finding[]
}

/** The kind and the policies of the switch itself. */
export function resolvePolicies(
  input: SwitchInput,
  owners: readonly Owning[],
  at: Pick<PolicyPlace, 'path' | 'findings'>,
): PolicyPlace {
  const hyperv = owners.length > 0 && owners.every(({ product }) => product === 'hyperv')
  const kind = input.kind ?? (hyperv ? 'hyperv' : 'standard')
  checkSwitch(kind, input, at)
  return { ...at, kind, owners, security: inherited(input.security, securityOf(kind, owners)) }
}

/** The security policies and the learning of one port group. */
export function resolveGroupPolicies(
  name: string,
  input: PortgroupInput,
  place: PolicyPlace,
): Pick<PortGroup, 'security' | 'macLearning'> {
  const security = inherited(input.security, place.security)
  checkGroup(name, input, security, place)
  if (place.kind === 'hyperv') return input.macSpoofing ? spoofing : { security: defaultSecurity.hyperv }
  const macLearning = learningOf(input.macLearning, place.kind)
  return { security, ...(macLearning && { macLearning }) }
}

const spoofing = {
  security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
  macLearning: defaultLearning,
} as const

/** Where a lab may run on hosts of several versions, the stricter default tells more than the looser one. */
function securityOf(kind: SwitchKind, owners: readonly Owning[]): SecurityPolicy {
  const strict = kind === 'standard' && owners.some((owner) => esxiVersion(owner) >= 7)
  return strict ? defaultSecurity.distributed : defaultSecurity[kind]
}

/** NaN where it is no ESXi, or of unknown version. */
function esxiVersion({ product, version }: Owning): number {
  return product === 'esxi' ? Number.parseFloat(version ?? '') : Number.NaN
}

function inherited(own: SecurityInput | undefined, from: SecurityPolicy): SecurityPolicy {
  return {
    promiscuous: own?.promiscuous ?? from.promiscuous,
    forgedTransmits: own?.forgedTransmits ?? from.forgedTransmits,
    macChanges: own?.macChanges ?? from.macChanges,
  }
}

function learningOf(input: MacLearningInput | undefined, kind: SwitchKind): MacLearning | undefined {
  if (input === 'dvfilter') return { by: 'dvfilter', limit: limits.learnedMacsOfPort }
  const learns = kind === 'learning' || (input !== undefined && input !== false)
  if (!learns) return undefined
  const { limit, limitPolicy, flooding, ageingSeconds } = typeof input === 'object' ? input : {}
  return {
    by: 'switch',
    limit: limit ?? (kind === 'learning' ? limits.learnedMacs : defaultLearning.limit),
    limitPolicy: limitPolicy ?? defaultLearning.limitPolicy,
    flooding: flooding ?? defaultLearning.flooding,
    ageingS: ageingSeconds ?? defaultLearning.ageingS,
  }
}

const noPolicies = {
  text: 'A Hyper-V switch has no security policies.',
  remedy:
    'Write `macSpoofing: true` in the port group to accept forged transmits and MAC changes; it has no promiscuous mode.',
}

function checkSwitch(
  kind: SwitchKind,
  { security, promiscuousScope, reversePathCheck, floodingGate, version }: SwitchInput,
  { path, findings }: Pick<PolicyPlace, 'path' | 'findings'>,
): void {
  const unfit = (key: string, text: string, remedy: string) =>
    findings.push({ path: [...path, key], onKey: true, text, remedy })
  if (kind === 'hyperv') {
    if (security) unfit('security', noPolicies.text, noPolicies.remedy)
    const promiscuous = { promiscuousScope, reversePathCheck }
    for (const [key, value] of Object.entries(promiscuous)) {
      if (value !== undefined) unfit(key, 'A Hyper-V switch has no promiscuous mode.', `Remove \`${key}\`.`)
    }
  }
  if (version !== undefined && kind !== 'distributed') {
    unfit(
      'version',
      'Only distributed switches have versions of their own.',
      'Remove `version`, or use `kind: distributed`.',
    )
  }
  if (floodingGate !== undefined && kind === 'standard') {
    const text = 'A standard switch floods no frames to unknown MACs.'
    unfit('floodingGate', text, 'Remove `floodingGate`, or use `kind: distributed`.')
  }
}

type Complaint = Pick<Finding, 'text' | 'remedy'>

function checkGroup(
  name: string,
  input: PortgroupInput,
  security: SecurityPolicy,
  { kind, owners, path, findings }: PolicyPlace,
): void {
  const { macLearning: learning, macSpoofing, binding } = input
  const complain = (key: keyof PortgroupInput, complaint: Complaint | undefined) => {
    if (complaint) findings.push({ path: [...path, 'portgroups', name, key], onKey: true, ...complaint })
  }
  if (binding !== undefined && kind !== 'distributed') complain('binding', noBinding)
  if (kind === 'hyperv') {
    if (input.security) complain('security', noPolicies)
    if (learning !== undefined) complain('macLearning', learnsBySpoofing)
    return
  }
  if (macSpoofing !== undefined) complain('macSpoofing', spoofingElsewhere)
  if (learning === 'dvfilter') complain('macLearning', wrongFilter(kind, security, owners))
  else if (learning !== undefined)
    complain('macLearning', wrongLearning(learning, { kind, security, owners }))
}

const noBinding: Complaint = {
  text: 'Only port groups of distributed switches bind their ports.',
  remedy: 'Remove `binding`, or use `kind: distributed`.',
}

const learnsBySpoofing: Complaint = {
  text: 'A Hyper-V switch learns where MAC spoofing is on, and nowhere else.',
  remedy: 'Write `macSpoofing: true` or `macSpoofing: false` instead.',
}

const spoofingElsewhere: Complaint = {
  text: '`macSpoofing` belongs to switches of the kind `hyperv`.',
  remedy:
    'Write `security: { forgedTransmits: accept, macChanges: accept }`, and on a distributed switch `macLearning: true`.',
}

function wrongFilter(
  kind: SwitchKind,
  { promiscuous }: SecurityPolicy,
  owners: readonly Owning[],
): Complaint | undefined {
  if (kind === 'learning') {
    return {
      text: 'The filter `dvfilter` belongs to vSphere.',
      remedy: 'Remove it: this switch learns anyway.',
    }
  }
  if (promiscuous === 'reject') {
    const text = 'The filter only thins out what promiscuous mode shows, which is rejected here.'
    return { text, remedy: 'Add `security: { promiscuous: accept }`, or remove `macLearning`.' }
  }
  const since = owners.find((owner) => esxiVersion(owner) >= 7)
  if (!since) return undefined
  const text = `The filter \`dvfilter\` exists for ESXi 5 and 6, not for ${since.version}.`
  return { text, remedy: 'Use `kind: distributed` with `macLearning: true`, or remove `macLearning`.' }
}

function wrongLearning(
  learning: Exclude<MacLearningInput, 'dvfilter'>,
  { kind, security, owners }: Pick<PolicyPlace, 'kind' | 'security' | 'owners'>,
): Complaint | undefined {
  if (kind === 'learning') {
    if (learning !== false) return undefined
    return {
      text: 'A `learning` switch learns on every port.',
      remedy: 'Remove this, or use `kind: distributed`.',
    }
  }
  if (learning === false) return undefined
  if (kind === 'standard') {
    const text = 'A standard switch learns no MACs.'
    const instead =
      security.promiscuous === 'accept' ? 'remove it' : 'write `security: { promiscuous: accept }`'
    return { text, remedy: `Use \`kind: distributed\`, or ${instead}.` }
  }
  const before = owners.find((owner) => esxiVersion(owner) < 6.7)
  if (before) {
    const text = `Distributed switches learn MACs since ESXi 6.7; this one may run on ${before.version}.`
    return { text, remedy: 'Use `macLearning: dvfilter` with `security: { promiscuous: accept }`.' }
  }
  const { limit = 0 } = typeof learning === 'object' ? learning : {}
  if (limit <= limits.learnedMacsOfPort) return undefined
  const text = `A distributed switch learns at most ${limits.learnedMacsOfPort} MACs behind one port.`
  return { text, remedy: `Write \`limit: ${limits.learnedMacsOfPort}\` or less.` }
}
