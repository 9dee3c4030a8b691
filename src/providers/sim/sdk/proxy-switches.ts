/** What a host has of the distributed switches it belongs to. */
import { listAt, type MoRef, refAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { listOf } from './properties.ts'
import type { SimObject, World } from './world.ts'

function memberships(world: World, host: SimObject) {
  return world.all('DistributedVirtualSwitch').flatMap((dvs) => {
    const member = listOf(dvs.object('config'), 'host').find(
      (one) => refAt(one, 'config', 'host')?.value === host.ref.value,
    )
    return member ? [{ dvs, nics: nicsOf(member.config as VimObject) }] : []
  })
}

/** Physical NICs of a member. */
export function nicsOf(config: VimObject): readonly string[] {
  return listAt(config, 'backing', 'pnicSpec').flatMap((nic) => textAt(nic, 'pnicDevice') ?? [])
}

export function takenByProxy(world: World, host: SimObject, except?: MoRef): readonly string[] {
  return memberships(world, host).flatMap(({ dvs, nics }) => (dvs.ref.value === except?.value ? [] : nics))
}

export function proxySwitches(world: World, host: SimObject): readonly VimObject[] {
  return memberships(world, host).map(({ dvs, nics }) => {
    const config = dvs.object('config')
    return {
      dvsUuid: config.uuid,
      dvsName: dvs.name,
      key: `key-vim.host.ProxySwitch-DvsPortset-${dvs.ref.value}`,
      numPorts: 1536,
      numPortsAvailable: 1520,
      mtu: config.maxMtu,
      pnic: nics.map((device) => `key-vim.host.PhysicalNic-${device}`),
      spec: { backing: { $type: 'DistributedVirtualSwitchHostMemberPnicBacking', pnicSpec: [] } },
    }
  })
}
