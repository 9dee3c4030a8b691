/** What things of a lab are called on a server that other labs and other people use too. */
import { createHash } from 'node:crypto'
import type { LabSwitch } from '#lab'

/** The longest name of a standard switch that every ESXi takes. */
const longestSwitch = 31
/** The same for networks and distributed switches. */
const longestNetwork = 80
/** The same for datastores. */
const longestDatastore = 42

/** Names of labs have no underscore, so no two labs ever mean the same name. */
function switchNameOf(lab: string, name: string): string {
  return joined(lab, name, longestSwitch)
}

/** Of a port group. */
export function networkNameOf(lab: string, name: string): string {
  return joined(lab, name, longestNetwork)
}

/** What a switch of a lab is called; one that was there before keeps its own name. */
export function serverSwitchOf(
  lab: string,
  { name, kind, existing }: Pick<LabSwitch, 'name' | 'kind' | 'existing'>,
): string {
  if (existing) return name
  return kind === 'distributed' ? networkNameOf(lab, name) : switchNameOf(lab, name)
}

/**
 * Hosts that join a vCenter bring their datastores along, where two of one name are one datastore or one of them gets
 * another name; so what is on a disk of a host has the name of that host in its own.
 */
export function datastoreNameOf(lab: string, name: string, host: string | undefined): string {
  return joined(lab, host === undefined ? name : `${host}_${name}`, longestDatastore)
}

/** Folder and resource pool of the machines of a lab. */
export function containerNameOf(lab: string): string {
  return `nestlab-${lab}`
}

export function isContainer(name: string): boolean {
  return name.startsWith('nestlab-')
}

/** The machine without a disk that is never started and remembers what else belongs to the lab. */
export function recordNameOf(lab: string): string {
  return `nestlab-${lab}_record`
}

/** Where there are no folders, all machines of all labs are in one list. */
export function machineNameOf(lab: string, name: string, hasFolders: boolean): string {
  return hasFolders ? name : `${lab}_${name}`
}

function joined(lab: string, name: string, longest: number): string {
  const whole = `${lab}_${name}`
  if (whole.length <= longest) return whole
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 6)
  return `${whole.slice(0, longest - hash.length - 1)}_${hash}`
}
