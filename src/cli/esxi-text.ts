/** What `nestlab esxi` says to people about ISOs and appliances. */
import { basename } from 'node:path'
import type { Appliance, EsxiHost, MadeInstaller } from './esxi-contract.ts'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import { bytes, columns } from './table.ts'

export interface MadeIsoText {
  readonly host: EsxiHost
  /** As messages call it. */
  readonly file: string
  readonly made: MadeInstaller
  /** Other hosts that start from the same image, each of which needs an ISO of its own. */
  readonly sharers: readonly string[]
}

const firmwareNames = { bios: 'BIOS', uefi: 'UEFI' }
/** A longer default would only push the other columns out of sight. */
const mostLetters = 40

export function madeIsoLines({ host, file, made, sharers }: MadeIsoText, paint: Paint): readonly string[] {
  const { path } = host.machine
  const boots = made.firmware.map((one) => firmwareNames[one]).join(' and ')
  return [
    `${paint.good('✓')} ${oneLine(file)} installs ${paint.name(path)} without a question.`,
    ...columns([
      ['  size', bytes(made.sizeBytes)],
      ['  SHA-256', made.sha256],
      ['  boots with', `${boots}; Secure Boot must be off`],
    ]),
    'It holds the hash of the root password: keep it where only you and the site can read it.',
    ...uploadLines(host, file),
    ...sharerLines(sharers, path),
  ]
}

function uploadLines({ lab: { site }, machine }: EsxiHost, file: string): readonly string[] {
  const place = `'[DATASTORE] iso/${oneLine(basename(file)).replaceAll("'", "'\\''")}'`
  const name = site === 'local' || site === 'sim' ? 'SITE' : site
  return [
    'Upload it to a datastore of the site, and say there what this host is installed from:',
    `  nestlab site set ${name} images.${machine.path} ${place}`,
  ]
}

function sharerLines(sharers: readonly string[], path: string): readonly string[] {
  if (sharers.length === 0) return []
  return [`It is for ${path} alone: make another one for each of ${sharers.join(', ')}.`]
}

export function applianceLines(name: string, appliance: Appliance, paint: Paint): readonly string[] {
  const { properties, files, networks, checkedBy } = appliance
  const sum = files.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
  const checked =
    checkedBy === 'nothing'
      ? 'it has no manifest, so nothing tells whether they are whole'
      : `compared with its manifest by ${checkedBy.toUpperCase().replace('SHA', 'SHA-')}`
  const head = ['PROPERTY', 'TYPE', 'DEFAULT', 'NESTLAB SETS IT'].map(paint.faint)
  const rows = properties.map(({ key, type, defaultValue, setFrom }) => [
    paint.name(key),
    oneLine(type),
    defaultText(defaultValue),
    setFrom === undefined ? paint.doubtful('no: its maker lets nobody') : setText(setFrom, defaultValue),
  ])
  return [
    `${oneLine(name)}: files of ${bytes(sum)}; ${checked}.`,
    ...(networks.length > 0 ? [`Networks: ${networks.map(oneLine).join(', ')}`] : []),
    ...(appliance.isNestedEsxi ? [] : [paint.doubtful('It has no property of an appliance of nested ESXi.')]),
    ...(rows.length > 0 ? ['', ...columns([head, ...rows])] : []),
  ]
}

function defaultText(value: string | undefined): string {
  if (value === undefined) return '(hidden)'
  const text = oneLine(value)
  return text.length > mostLetters ? `${text.slice(0, mostLetters - 1)}…` : text
}

/** Without a default it is a password. */
function setText(setFrom: string, defaultValue: string | undefined): string {
  return `from ${setFrom}${defaultValue === undefined ? ', in the clear' : ''}`
}
