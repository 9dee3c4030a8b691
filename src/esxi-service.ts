/** Nested ESXi for the command line: settings out of a lab, and what their hosts are installed and copied with. */
import type { Appliance, EsxiCommands, EsxiHost } from '#cli'
import {
  type ApplianceSettings,
  cloneScript,
  hashRootPassword,
  type KickstartSettings,
  kernelOptions,
  kickstartOf,
  kickstartSettingsOf,
  makeKickstartIso,
  type OvfDescriptor,
  openOva,
  templateScript,
} from '#guests'
import { machinesOf } from '#lab'
import { makePrivateFolder, type Roots, sitePaths } from '#store'

export interface EsxiOptions {
  readonly roots: Roots
  readonly environment: NodeJS.ProcessEnv
}

const passwordVariable = 'NESTLAB_ESXI_PASSWORD'
const hashPlaceholder = 'HASH-OF-THE-ROOT-PASSWORD'
/** Has the form of a hash, and is the hash of nothing that anybody knows. */
const standIn = `$6$nestlabstandin$${'.'.repeat(86)}`

/** Properties of appliances of nested ESXi, and the setting that each gets its value from. */
const settingOf = {
  'guestinfo.hostname': 'hostname',
  'guestinfo.ipaddress': 'network',
  'guestinfo.netmask': 'network',
  'guestinfo.gateway': 'network',
  'guestinfo.vlan': 'network',
  'guestinfo.dns': 'network',
  'guestinfo.domain': 'domain',
  'guestinfo.ntp': 'ntpServer',
  'guestinfo.syslog': 'syslogServer',
  'guestinfo.password': 'password',
  'guestinfo.ssh': 'ssh',
  'guestinfo.createvmfs': 'createVmfs',
  'guestinfo.debug': 'debug',
} as const satisfies Readonly<Record<string, keyof ApplianceSettings>>

const settings = new Map<string, string>(Object.entries(settingOf))

export function openEsxi({ roots, environment }: EsxiOptions): EsxiCommands {
  return {
    ...{ hashPlaceholder, passwordVariable },
    givenPassword: () => environment[passwordVariable],
    hosts: (lab) => [...machinesOf(lab.top)].filter(({ hypervisor }) => hypervisor?.product === 'esxi'),
    kickstart: async (host, signal, password) => {
      const hash = password === undefined ? standIn : await hashRootPassword(password, signal)
      const kickstart = settingsFor(host, hash)
      return {
        version: kickstart.version,
        text: kickstartOf(kickstart).replaceAll(standIn, hashPlaceholder),
        kernelOptions: kernelOptions(kickstart),
      }
    },
    makeIso: async (host, { iso, output, password }, signal) => {
      const kickstart = settingsFor(host, await hashRootPassword(password, signal))
      const { scratch } = sitePaths(roots)
      await makePrivateFolder(scratch)
      return await makeKickstartIso({ iso, output, kickstart, scratch, signal })
    },
    cloneScripts: (version, hostname) => ({
      template: templateScript(version),
      clone: cloneScript(version, { hostname, network: { mode: 'dhcp' } }),
    }),
    appliance: async (file, options) => {
      const { descriptor, files, checkedBy } = await openOva(file, options)
      const { networks } = descriptor
      return {
        ...{ networks, checkedBy, ...propertiesOf(descriptor) },
        files: files.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
      }
    },
  }
}

function settingsFor(host: EsxiHost, rootPasswordHash: string): KickstartSettings {
  return kickstartSettingsOf({ ...host, beside: { rootPasswordHash } })
}

function propertiesOf({ properties }: OvfDescriptor): Pick<Appliance, 'properties' | 'isNestedEsxi'> {
  return {
    isNestedEsxi: properties.some(({ key }) => settings.has(key)),
    properties: properties.map(({ key, type, defaultValue, isPassword, userConfigurable }) => ({
      ...{ key, type },
      ...(!isPassword && { defaultValue }),
      ...(userConfigurable && { setFrom: settings.get(key) ?? 'its key' }),
    })),
  }
}
