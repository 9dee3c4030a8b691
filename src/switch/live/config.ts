/** The file that tells the live switch process which switches it carries and where each port's socket is. */
import type { SwitchSpec } from '../spec.ts'

/** Where the switch asks QEMU for a NIC's effective MAC and promiscuous flag (a QMP socket of its own). */
export interface RxFilterSource {
  readonly qmpSocket: string
  /** The NIC's QEMU device id, as in `-device virtio-net-pci,id=nic0`. */
  readonly nicId: string
}

export interface LivePortConfig {
  /** `kvm-1:nic0`, unique in the file. */
  readonly id: string
  readonly switchName: string
  readonly portgroup: string
  readonly initialMac: string
  /** Unix socket on which QEMU's `-netdev stream,server=on` listens; the switch dials and redials it. */
  readonly socket: string
  /** Absent: the guest is taken to use its initial MAC and to be promiscuous. */
  readonly rxFilter?: RxFilterSource
}

/** All paths are absolute and, where they name sockets, at most 107 bytes long. */
export interface LiveConfig {
  readonly lab: string
  readonly controlSocket: string
  readonly pidFile?: string
  readonly switches: readonly SwitchSpec[]
  readonly ports: readonly LivePortConfig[]
}

/** Reads and checks a configuration; `place` names it in the failure (code `switch-config`). */
export function readLiveConfig(_text: string, _place: string): LiveConfig {
  throw new Error('not yet')
}
