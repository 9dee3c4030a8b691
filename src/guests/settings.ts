/** The settings a machine of ours reads when it boots: lines of `key=value`, handed over as a firmware file. */
import { gatewayOf, type Machine, type Nic, type ResolvedLab } from '#lab'
import type { LabKeys } from './guest.ts'
import { dropbearKey } from './keys.ts'

/** The control network holds one guest only, so every guest has the same MAC in it. */
export const controlMac = '52:54:00:fe:fe:01'

/**
 * Keys, once or repeated: hostname, path, lab, role, authorized_key, host_key, dropbear_key, nic,
 * control_mac, gateway, name_server.
 */
export function settingsOf(lab: ResolvedLab, machine: Machine, keys: LabKeys): string {
  const way = defaultRouteOf(lab, machine)
  const lines: readonly (readonly [string, string])[] = [
    ['hostname', machine.name],
    ['path', machine.path],
    ['lab', lab.name],
    ...(machine.hypervisor ? [['role', 'hypervisor'] as const] : []),
    ['authorized_key', keys.clientPublic],
    ['host_key', Buffer.from(keys.hostPrivate).toString('base64')],
    ['dropbear_key', dropbearKey(keys.hostPrivate)],
    ...machine.nics.map((nic) => ['nic', nicLine(nic, mtuOf(lab, machine, nic))] as const),
    ['control_mac', controlMac],
    ...(way ? [['gateway', way.ip] as const, ['name_server', way.nameServer] as const] : []),
  ]
  return lines.map(([key, value]) => `${key}=${oneLine(value)}\n`).join('')
}

/** By the first NIC that has a way out: a machine has one default route. */
function defaultRouteOf(lab: ResolvedLab, machine: Machine) {
  return machine.nics.map((nic) => gatewayOf(lab, machine.path, nic)).find((way) => way !== undefined)
}

/** MTU of the switch a NIC is plugged into; 1500 where the lab does not say. */
export function mtuOf(lab: ResolvedLab, machine: Machine, nic: Nic): number {
  const level = levelHolding(lab, machine.path)
  return level?.switches.find(({ name }) => name === nic.switchName)?.mtu ?? 1500
}

function levelHolding(lab: ResolvedLab, path: string) {
  const names = path.split('/').slice(0, -1)
  let level: ResolvedLab['top'] | undefined = lab.top
  for (const name of names) {
    level = level?.machines.find((machine) => machine.name === name)?.hypervisor?.inside
  }
  return level
}

function nicLine({ name, mac, address }: Nic, mtu: number): string {
  const where = address ? ` ${address.ip}/${address.prefixLength}` : ''
  return `${name} ${mac} ${mtu}${where}`
}

/** A line break would let a value become another key. */
function oneLine(value: string): string {
  const text = value.trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Error('a setting may not hold control characters')
  return text
}
