/** What servers and hosts of each API version call themselves. */
import type { VimObject } from '../../vsphere/soap/vim-value.ts'
import { newUuid, type World } from './world.ts'

/** `6.7.0` of API `6.7`, `8.0.3` of `8.0.3.0`. */
function releaseOf(api: string): string {
  const [major = '5', minor = '5', update = '0'] = api.split('.')
  return `${major}.${minor}.${update}`
}

export function aboutHost(api: string): VimObject {
  const version = releaseOf(api)
  return {
    name: 'VMware ESXi',
    fullName: `VMware ESXi ${version} build-1`,
    vendor: 'VMware, Inc.',
    version,
    build: '1',
    localeVersion: 'INTL',
    localeBuild: '000',
    osType: 'vmnix-x86',
    productLineId: 'embeddedEsx',
    apiType: 'HostAgent',
    apiVersion: api,
    licenseProductName: 'VMware ESX Server',
    licenseProductVersion: `${version.split('.')[0]}.0`,
  }
}

/** About the server itself. It says that it is simulated where people read it. */
export function aboutServer(world: World): VimObject {
  const host = aboutHost(world.api)
  if (!world.isVCenter) return { ...host, fullName: `${host.fullName} (simulated by Nestlab)` }
  const version = releaseOf(world.api)
  return {
    ...host,
    name: 'VMware vCenter Server',
    fullName: `VMware vCenter Server ${version} build-1 (simulated by Nestlab)`,
    osType: 'linux-x64',
    productLineId: 'vpx',
    apiType: 'VirtualCenter',
    instanceUuid: newUuid(),
    licenseProductName: 'VMware VirtualCenter Server',
  }
}
