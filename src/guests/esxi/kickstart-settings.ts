/** What the kickstart of a nested ESXi is made from, and which of it ESXi would not take. */
import { fail } from './errors.ts'
import { isPasswordHash } from './password.ts'
import { readPublicKey } from './ssh-key.ts'
import {
  Checks,
  checkNetwork,
  isDatastoreName,
  isDiskName,
  isDiskPlace,
  isHostName,
  isLicenceKey,
  isNameOrIp,
  isNicName,
  type ManagementNetwork,
} from './values.ts'
import { type EsxiVersion, isAtLeast, readEsxiVersion, versionText } from './version.ts'

export interface KickstartSettings {
  /** As in lab files: `8.0U3`, `6.7`. */
  readonly version: string
  /** With or without a domain. */
  readonly hostname: string
  /** From `hashRootPassword`: no ISO holds the password itself. */
  readonly rootPasswordHash: string
  readonly network: ManagementNetwork
  /** `vmnic0` or a MAC. Default `vmnic0`. */
  readonly device?: string
  /** Lines of OpenSSH public keys, RSA or ECDSA. Where there is one, the SSH server is switched on. */
  readonly sshKeys?: readonly string[]
  readonly ntpServers?: readonly string[]
  readonly licenceKey?: string
  /** Name of a disk device. Default: the first disk that the installer finds. */
  readonly installDisk?: string
  /**
   * How much of the disk the system takes, from 7.0U1c: 33, 69, 138 GB or all of it (KB 81166). Default `min`;
   * before 7.0U1c there is nothing to choose.
   */
  readonly systemMediaSize?: 'min' | 'small' | 'default' | 'max'
  /** Makes a datastore on another disk that must be empty; without it, what is left of the first disk becomes one. */
  readonly datastore?: { readonly name: string; readonly disk: string }
  /** Processors that this version does not support any more. From 7.0. */
  readonly oldProcessor?: boolean
  /** Sends the log of the installer, with our marks of progress, out of the first serial port. */
  readonly serialLog?: boolean
  /** `power-off` leaves a machine that has never booted: each copy of it then boots for the first time. Default `boot`. */
  readonly afterInstall?: 'boot' | 'power-off'
  /** Names this installation in marks of progress. Default `install`. */
  readonly markId?: string
}

export interface CheckedSettings extends KickstartSettings {
  readonly release: EsxiVersion
  /** Without comments. */
  readonly keys: readonly string[]
}

/** From 7.0U1c on the size of the system is a boot option (KB 81166). */
export const sizedSystem = { major: 7, minor: 0, update: 1, letter: 'c' }

/** Fails with `esxi-settings-refused`, which names everything that is wrong. */
export function checkSettings(settings: KickstartSettings): CheckedSettings {
  const checks = new Checks()
  const release = readEsxiVersion(settings.version)
  checks.holds(release !== undefined, 'The version is not one of ESXi from 5.5 to 9', settings.version)
  checks.holds(isHostName(settings.hostname), 'The host name is not one', settings.hostname)
  checks.holds(
    isPasswordHash(settings.rootPasswordHash),
    'The hash of the root password is not of SHA-512 crypt',
  )
  checkNetwork(settings.network, checks)
  checkPlaces(settings, checks)
  checkChoices(settings, release, checks)
  const keys = checkKeys(settings.sshKeys ?? [], checks)
  if (release === undefined || checks.problems.length > 0)
    throw fail('esxi-settings-refused', { problems: checks.problems })
  return { ...settings, release, keys }
}

function checkPlaces({ device, installDisk, datastore, ntpServers = [] }: KickstartSettings, checks: Checks) {
  if (device !== undefined) checks.holds(isNicName(device), 'A NIC is called vmnicN, or by its MAC', device)
  if (installDisk !== undefined)
    checks.holds(isDiskName(installDisk), 'The disk to install on is no name of a disk device', installDisk)
  if (datastore) {
    checks.holds(isDatastoreName(datastore.name), 'The datastore cannot have this name', datastore.name)
    checks.holds(
      isDiskPlace(datastore.disk),
      'The disk of the datastore is not written as vmhba0:C0:T1:L0',
      datastore.disk,
    )
  }
  for (const server of ntpServers) checks.holds(isNameOrIp(server), 'A time server has no such name', server)
  checks.holds(ntpServers.length <= 4, 'There are more than four time servers')
}

function checkChoices(settings: KickstartSettings, release: EsxiVersion | undefined, checks: Checks): void {
  const { licenceKey, markId, systemMediaSize, oldProcessor } = settings
  if (licenceKey !== undefined)
    checks.holds(isLicenceKey(licenceKey), 'The licence key is not five groups of five signs')
  if (markId !== undefined)
    checks.holds(/^[a-z0-9][a-z0-9-]{0,39}$/.test(markId), 'The name of the marks is not one', markId)
  if (release === undefined) return
  const text = versionText(release)
  checks.holds(
    systemMediaSize === undefined || isAtLeast(release, sizedSystem),
    `systemMediaSize is known from 7.0U1c on, not to ${text}`,
  )
  checks.holds(
    !oldProcessor || isAtLeast(release, { major: 7 }),
    `allowLegacyCPU is known from 7.0 on, not to ${text}`,
  )
}

function checkKeys(lines: readonly string[], checks: Checks): readonly string[] {
  return lines.flatMap((line, index) => {
    const read = readPublicKey(line)
    if ('key' in read) return [read.key]
    checks.holds(false, `The SSH key number ${index + 1} cannot be used: ${read.reason}`)
    return []
  })
}
