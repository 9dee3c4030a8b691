/** What a site has that will break nested networking or nesting itself, before any lab is put there. */
import type { SurveyedHost, SurveyedPolicy } from './hosts.ts'
import type { Survey } from './survey.ts'

export interface Hardening {
  /** Host, switch or cluster it is about. */
  readonly about: string
  readonly text: string
  readonly remedy: string
}

export function hardeningOf({ hosts, clusters, licences, distributed }: Survey): readonly Hardening[] {
  return [
    ...hosts.flatMap(ofHost),
    ...hosts.flatMap(ofStandard),
    ...distributed.flatMap(({ name, version, portgroups }) =>
      portgroups
        .filter(({ isUplink, policy, learning }) => !isUplink && !learning && policy && isClosed(policy))
        .slice(0, 1)
        .map(() => ({
          about: name,
          text: `Its port groups let no nested frames pass (distributed switch ${version ?? 'of unknown version'}).`,
          remedy: 'Give nested hosts a port group of their own with forged transmits and MAC learning.',
        })),
    ),
    ...clusters
      .filter(({ evc }) => evc !== undefined)
      .map(({ name, evc }) => ({
        about: name,
        text: `EVC hides what is newer than ${evc ?? ''} from machines, nested hypervisors included.`,
        remedy: 'Check that the baseline has what the nested hypervisors need: nestlab check.',
      })),
    ...licences
      .filter(({ edition, name }) => /basic|free/i.test(`${edition} ${name}`))
      .map(({ name }) => ({
        about: name,
        text: 'This licence gives a read-only API: nothing can be made on the host.',
        remedy: 'Use an evaluation or a paid licence; import and check work as it is.',
      })),
  ]
}

function ofHost({ name, nestedSupported, inMaintenance, isConnected }: SurveyedHost): readonly Hardening[] {
  const found: Hardening[] = []
  if (nestedSupported === false) {
    found.push({
      about: name,
      text: 'It cannot expose hardware virtualization to machines.',
      remedy: 'Switch VT-x with EPT or AMD-V with RVI on in its firmware, or use another host.',
    })
  }
  if (inMaintenance) {
    found.push({
      about: name,
      text: 'It is in maintenance mode.',
      remedy: 'End the maintenance mode before a lab goes there.',
    })
  }
  if (isConnected === false) {
    found.push({
      about: name,
      text: 'It is not connected to vCenter.',
      remedy: 'Reconnect it before a lab goes there.',
    })
  }
  return found
}

function ofStandard({ name, standard = [] }: SurveyedHost): readonly Hardening[] {
  return standard
    .filter(({ policy }) => policy && !policy.forgedTransmits)
    .map((one) => ({
      about: `${name}: ${one.name}`,
      text: 'The switch rejects forged transmits, as hardening baselines ask; port groups inherit that.',
      remedy: 'Set the policies of nested hosts on a port group of their own, not on the switch.',
    }))
}

function isClosed({ promiscuous, forgedTransmits }: SurveyedPolicy): boolean {
  return !promiscuous || !forgedTransmits
}
