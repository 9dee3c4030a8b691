/** Compiles a switch to the commands that make a Linux bridge (VLAN filtering + nftables) behave like it. */
import type { SwitchSpec } from '../spec.ts'

export type Argv = readonly string[]

export interface BridgePort {
  readonly portgroup: string
  readonly tapDevice: string
  readonly mac: string
}

/** The bridge's link name: at most 15 bytes, safe in any command, different for different switch names. */
export function bridgeDeviceName(_switchName: string): string {
  throw new Error('not yet')
}

/** Commands that create the bridge or bring an existing one to `spec`; run again they change nothing. */
export function compileBridge(
  _spec: SwitchSpec,
  _options: { readonly uplinkDevices: readonly string[] },
): Argv[] {
  throw new Error('not yet')
}

/** Commands that plug an existing tap device into a port group, or bring a plugged one to the group's policies. */
export function compilePort(_spec: SwitchSpec, _port: BridgePort): Argv[] {
  throw new Error('not yet')
}

/** Commands that take a port's rules away; the tap itself goes with its QEMU or `ip link del`. */
export function removePort(_spec: SwitchSpec, _port: BridgePort): Argv[] {
  throw new Error('not yet')
}

/** Commands that remove the bridge and all its rules; fine when there is none. */
export function removeBridge(_switchName: string): Argv[] {
  throw new Error('not yet')
}

/** What the specification asks and a Linux bridge built by these commands does not do, one sentence each. */
export function bridgeGaps(_spec: SwitchSpec): string[] {
  throw new Error('not yet')
}
