/** What things of a lab are called on a server that other labs and other people use too. */
import { createHash } from 'node:crypto'
import type { LabSwitch } from '#lab'

/** The longest name of a standard switch that every ESXi takes. */
const longestSwitch = 31
/** The same for networks and distributed switches. */
const longestNetwork = 80

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
