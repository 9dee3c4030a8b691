/** What `nestlab esxi` says to people about ISOs and appliances. */
import { basename } from 'node:path'
import type { Appliance, EsxiHost, MadeInstaller } from './esxi-contract.ts'
import { imageNameOf } from './esxi-host.ts'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import { bytes, columns } from './table.ts'

export interface MadeIsoText {
  readonly host: EsxiHost
  /** As messages call it. */
  readonly file: string
  readonly made: MadeInstaller
  /** Other hosts that start from the same image. */
  readonly sharers: readonly string[]
}

const firmwareNames = { bios: 'BIOS', uefi: 'UEFI' }
/** A longer default would only push the other columns out of sight. */
const mostLetters = 40

export function madeIsoLines({ host, file, made, sharers }: MadeIsoText, paint: Paint): readonly string[] {
  const { path, hypervisor } = host.machine
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
    ...sharerLines(sharers, path, hypervisor?.version),
  ]
}

function uploadLines(host: EsxiHost, file: string): readonly string[] {
  const image = imageNameOf(host)
  const { site } = host.lab
  const place = `'[DATASTORE] iso/${oneLine(basename(file)).replaceAll("'", "'\\''")}'`
  if (image === undefined) return ['Put it into the CD drive of the machine.']
  const name = site === 'local' || site === 'sim' ? 'SITE' : site
  return [
    'Upload it to a datastore of the site, and say there what the host is installed from:',
    `  nestlab site set ${name} images.${image} ${place}`,
  ]
}

function sharerLines(sharers: readonly string[], path: string, version = 'VERSION'): readonly string[] {
  if (sharers.length === 0) return []
  return [
    `It is for ${path} alone. The lab starts from the same image: ${sharers.join(', ')}. With this ISO they would get its name and address.`,
    `For several hosts make copies of one: nestlab esxi clone-scripts ${version}`,
  ]
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
