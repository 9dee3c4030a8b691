/** Checks what becomes part of paths and options, once more: the lab file was checked, but state on disk was not. */
import type { Machine } from '#lab'
import { failQemu } from './errors.ts'

const name = /^[a-z0-9][a-z0-9_.-]{0,62}$/i
const nicName = /^[a-z][a-z0-9]{0,14}$/
const mac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const serial = /^[a-z0-9_.-]{1,20}$/i
const imageFolder = /^[0-9a-f]{64}$/

const rules = {
  'name of a lab': name,
  'name of a machine': name,
  'name of a switch': name,
  'name of a NIC': nicName,
  'MAC address': mac,
  'UUID of a machine': uuid,
  'serial number of a disk': serial,
  'digest of an image': imageFolder,
  'name of an image file': name,
} as const

/** Returns `text` when it is safe as a file name and in QEMU options. */
export function checked(what: keyof typeof rules, text: string): string {
  if (!rules[what].test(text)) throw failQemu('name-unsafe', { what, name: text })
  return text
}

export function checkMachine(machine: Machine): void {
  checked('name of a machine', machine.name)
  checked('UUID of a machine', machine.uuid)
  for (const nic of machine.nics) {
    checked('name of a NIC', nic.name)
    checked('MAC address', nic.mac)
  }
}
