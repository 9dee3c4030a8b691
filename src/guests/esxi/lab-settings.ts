/** What the lab file says of a nested ESXi, as settings of its kickstart. */
import { gatewayOf, type Machine, type ResolvedLab } from '#lab'
import { fail } from './errors.ts'
import type { KickstartSettings } from './kickstart-settings.ts'
import type { ManagementNetwork } from './values.ts'

/** What no lab file says. */
export type BesideTheLab = Omit<KickstartSettings, 'version' | 'hostname' | 'network' | 'device' | 'markId'>

export interface NestedEsxi {
  readonly lab: ResolvedLab
  readonly machine: Machine
  readonly beside: BesideTheLab
}

/** The first NIC is the one that the host is reached by. Fails with `esxi-settings-refused` when it is no ESXi. */
export function kickstartSettingsOf({ lab, machine, beside }: NestedEsxi): KickstartSettings {
  const { product, version } = machine.hypervisor ?? {}
  if (product !== 'esxi' || version === undefined)
    throw fail('esxi-settings-refused', { problems: [`${machine.path} is no ESXi whose version is known.`] })
  return {
    ...beside,
    version,
    hostname: machine.name,
    network: managementOf(lab, machine),
    markId: markOf(lab.name, machine.path),
  }
}

/** By the first NIC that the file plugs in. */
export function managementOf(lab: ResolvedLab, machine: Machine): ManagementNetwork {
  const [nic] = machine.nics
  if (!nic?.address) return { mode: 'dhcp' }
  const way = gatewayOf(lab, machine.path, nic)
  return {
    mode: 'static',
    ...nic.address,
    ...(way && { gateway: way.ip, nameServers: [way.nameServer] }),
  }
}

/** The end tells machines apart, so that is what stays of a long one. */
function markOf(lab: string, path: string): string {
  return `${lab}-${path.replaceAll('/', '-')}`.slice(-40).replace(/^-+/, '')
}
