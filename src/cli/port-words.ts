/** Ports as people write them: `kvm-1/web:nic0`, or `kvm-1/web` for all of a machine's. */
import type { PortsWanted } from '#engine'

export function readPort(text: string): PortsWanted {
  const at = text.lastIndexOf(':')
  return at < 0 ? { path: text } : { path: text.slice(0, at), nic: text.slice(at + 1) }
}

/** The port of a level, by its path in the lab: `web:nic0` inside `kvm-1` is `kvm-1/web:nic0`. */
export function portPath(owner: string, port: string): string {
  return owner ? `${owner}/${port}` : port
}
