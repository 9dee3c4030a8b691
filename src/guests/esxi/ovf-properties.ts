/** The properties that William Lam's appliances of nested ESXi are set up by. */
import { fail } from './errors.ts'
import type { OvfDescriptor, OvfProperty } from './ovf-descriptor.ts'
import { checkRootPassword } from './password.ts'
import { Checks, checkNetwork, isHostName, isNameOrIp, type ManagementNetwork, netmaskOf } from './values.ts'

export interface ApplianceSettings {
  readonly hostname: string
  readonly network: ManagementNetwork
  readonly domain?: string
  readonly ntpServer?: string
  readonly syslogServer?: string
  /**
   * These appliances take it in the clear alone: it stays in the settings of the machine, for everyone who may read
   * those. Change it when the host is up.
   */
  readonly password: string
  readonly ssh?: boolean
  /** Makes a datastore on the second disk. False where vSAN is to have the disks. */
  readonly createVmfs?: boolean
  readonly debug?: boolean
  /** Further properties of the appliance, by key. */
  readonly others?: Readonly<Record<string, string>>
}

/**
 * The value of each property that is to be set, by key. What the settings leave out keeps the default of the appliance.
 * Fails with `esxi-settings-refused`, `esxi-password-weak`, `ovf-property-unknown`, `ovf-property-missing`.
 */
export function ovfProperties(
  settings: ApplianceSettings,
  descriptor: OvfDescriptor,
): Readonly<Record<string, string>> {
  return checkedProperties({ ...applianceValues(settings), ...settings.others }, descriptor)
}

/** The same values, of an appliance whose descriptor nobody has read. Fails with `esxi-settings-refused`, `esxi-password-weak`. */
export function applianceValues(settings: ApplianceSettings): Readonly<Record<string, string>> {
  checkAppliance(settings)
  return Object.fromEntries(known(settings))
}

/** Values for the properties of any appliance, by key. Fails as `ovfProperties`. */
export function checkedProperties(
  given: Readonly<Record<string, string>>,
  descriptor: OvfDescriptor,
): Readonly<Record<string, string>> {
  const values = new Map(Object.entries(given))
  const offered = new Map(descriptor.properties.map((property) => [property.key, property]))
  const unknown = [...values.keys()].filter((key) => !offered.has(key))
  if (unknown.length > 0) throw fail('ovf-property-unknown', { properties: unknown })
  const missing = descriptor.properties.filter((one) => needsValue(one) && !values.get(one.key))
  if (missing.length > 0) throw fail('ovf-property-missing', { properties: missing.map(({ key }) => key) })
  const checks = new Checks()
  for (const [key, value] of values) checkValue(offered.get(key), value, checks)
  if (checks.problems.length > 0) throw fail('esxi-settings-refused', { problems: checks.problems })
  return Object.fromEntries(values)
}

function known(settings: ApplianceSettings): readonly (readonly [string, string])[] {
  const { hostname, network, domain, ntpServer, syslogServer, password, ssh, createVmfs, debug } = settings
  const fixed = network.mode === 'static' ? network : undefined
  const { ip, gateway, nameServers = [] } = fixed ?? {}
  const all: Readonly<Record<string, string | undefined>> = {
    hostname,
    ipaddress: ip,
    netmask: fixed && netmaskOf(fixed.prefixLength),
    gateway,
    vlan: network.vlan?.toString(),
    dns: nameServers.length > 0 ? nameServers.join(' ') : undefined,
    domain,
    ntp: ntpServer,
    syslog: syslogServer,
    password,
    ssh: yesNo(ssh),
    createvmfs: yesNo(createVmfs),
    debug: yesNo(debug),
  }
  return Object.entries(all).flatMap(([key, value]) =>
    value === undefined ? [] : [[`guestinfo.${key}`, value] as const],
  )
}

/** The script in the appliance compares with these, and minds the case (providers.md 5.4, one source). */
function yesNo(value: boolean | undefined): 'True' | 'False' | undefined {
  if (value === undefined) return undefined
  return value ? 'True' : 'False'
}

/** Empty is a value of text, unless the descriptor says that it is too short; of nothing else. */
function needsValue({ userConfigurable, defaultValue, type, minLength }: OvfProperty): boolean {
  if (!userConfigurable || defaultValue !== '') return false
  return minLength > 0 || !/^(?:string|password|boolean)$/.test(type)
}

function checkValue(property: OvfProperty | undefined, value: string, checks: Checks): void {
  if (!property) return
  const { key, isPassword, minLength, maxLength, userConfigurable, type } = property
  const shown = isPassword ? undefined : value
  checks.holds(userConfigurable, `The appliance does not let ${key} be set`)
  checks.holds(!/[\p{Cc}]/u.test(value), `${key} holds a control character`, shown)
  checks.holds(
    value.length >= minLength && value.length <= maxLength,
    `${key} has from ${minLength} to ${maxLength} characters`,
    shown,
  )
  if (type === 'boolean') checks.holds(/^(?:true|false)$/i.test(value), `${key} is true or false`, shown)
}

function checkAppliance(settings: ApplianceSettings): void {
  const { hostname, network, domain, ntpServer, syslogServer, password } = settings
  checkRootPassword(password)
  const checks = new Checks()
  checks.holds(isHostName(hostname), 'The host name is not one', hostname)
  checkNetwork(network, checks)
  if (domain !== undefined) checks.holds(isHostName(domain), 'The domain is not one', domain)
  for (const server of [ntpServer, syslogServer])
    if (server !== undefined) checks.holds(isNameOrIp(server), 'A server has no such name', server)
  if (checks.problems.length > 0) throw fail('esxi-settings-refused', { problems: checks.problems })
}
