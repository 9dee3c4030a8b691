/** What a site says about itself, for people. */
import { harmless, type Paint } from './paint.ts'
import type { SiteReport, SiteSurvey } from './site-contract.ts'
import { columns, mebibytes } from './table.ts'

const unknown = '?'
const most = 40

const size = (mib: number | undefined) => (mib === undefined ? unknown : mebibytes(mib))
const yesNo = (value: boolean | undefined) => (value === undefined ? unknown : value ? 'yes' : 'no')

export function siteLines({ site, survey, hardening }: SiteReport, paint: Paint): string[] {
  const { server } = survey
  return [
    `${paint.name(site.name)}  ${harmless(server.product)} ${harmless(server.version)} (API ${harmless(server.apiVersion)}) at ${site.url} as ${harmless(site.user)}`,
    ...(site.allowsOldTls
      ? [
          `${paint.doubtful('!')} It speaks TLS 1.1 at most, which others may read: use it on networks you trust only.`,
        ]
      : []),
    '',
    ...table(paint, ['HOST', 'VERSION', 'CPU', 'CORES', 'MEMORY', 'USED', 'NESTS', 'NICS'], hostRows(survey)),
    ...table(paint, ['CLUSTER', 'HOSTS', 'DRS', 'HA', 'EVC'], clusterRows(survey)),
    ...table(
      paint,
      ['SWITCH', 'PORT GROUP', 'VLAN', 'PROMISCUOUS', 'FORGED', 'MAC CHANGES'],
      networkRows(survey),
    ),
    ...table(paint, ['DATASTORE', 'TYPE', 'SIZE', 'FREE', 'SHARED'], storeRows(survey)),
    ...table(paint, ['LICENCE', 'USED', 'OF'], licenceRows(survey)),
    ...hardening.flatMap(({ about, text, remedy }) => [
      `${paint.doubtful('!')} ${harmless(about)}: ${harmless(text)}`,
      `  ${harmless(remedy)}`,
    ]),
    ...survey.unseen.map((sentence) => paint.faint(`? ${harmless(sentence)}`)),
  ]
}

function table(paint: Paint, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const shown = rows.slice(0, most).map((row) => row.map(harmless))
  const more = rows.length > most ? [`… and ${rows.length - most} more; --json has all.`] : []
  return [...columns([head.map(paint.faint), ...shown]), ...more, '']
}

function hostRows({ hosts }: SiteSurvey): string[][] {
  return hosts.map((host) => [
    host.name,
    host.version ?? unknown,
    host.generation ? `${host.cpuModel ?? unknown} (${host.generation})` : (host.cpuModel ?? unknown),
    String(host.cores ?? unknown),
    size(host.memoryMiB),
    size(host.memoryUsedMiB),
    yesNo(host.nestedSupported),
    String(host.nics.length),
  ])
}

function clusterRows({ clusters }: SiteSurvey): string[][] {
  return clusters.map(({ name, hosts, drs, ha, evc }) => [
    name,
    String(hosts.length),
    yesNo(drs),
    yesNo(ha),
    evc ?? 'none',
  ])
}

interface GroupShown {
  readonly name: string
  readonly policy?: {
    readonly promiscuous: boolean
    readonly forgedTransmits: boolean
    readonly macChanges: boolean
  }
}

function networkRows({ hosts, distributed }: SiteSurvey): string[][] {
  const verdict = (accepts: boolean | undefined) =>
    accepts === undefined ? unknown : accepts ? 'accept' : 'reject'
  const row = (owner: string, { name, policy }: GroupShown, vlan: string) => [
    owner,
    name,
    vlan,
    verdict(policy?.promiscuous),
    verdict(policy?.forgedTransmits),
    verdict(policy?.macChanges),
  ]
  return [
    ...hosts.flatMap((host) =>
      (host.standard ?? []).flatMap((one) =>
        one.portgroups.map((group) => row(`${host.name}: ${one.name}`, group, String(group.vlan))),
      ),
    ),
    ...distributed.flatMap((one) => one.portgroups.map((group) => row(one.name, group, ''))),
  ]
}

function storeRows({ datastores }: SiteSurvey): string[][] {
  return datastores.map(({ name, type, sizeMiB, freeMiB, isShared }) => [
    name,
    type,
    size(sizeMiB),
    size(freeMiB),
    yesNo(isShared),
  ])
}

function licenceRows({ licences }: SiteSurvey): string[][] {
  return licences.map(({ name, used, total }) => [name, String(used ?? unknown), String(total ?? unknown)])
}
