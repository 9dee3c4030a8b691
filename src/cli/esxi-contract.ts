/** What `nestlab esxi` is handed: makes what nested ESXi hosts are installed and copied with. */
import type { Machine, ResolvedLab } from '#lab'

export interface EsxiHost {
  readonly lab: ResolvedLab
  /** One of `EsxiCommands.hosts`. */
  readonly machine: Machine
}

export interface KickstartText {
  /** Of ESXi, as the lab has it. */
  readonly version: string
  /** The KS.CFG. Without a password, `hashPlaceholder` stands in it where the hash goes. */
  readonly text: string
  /** What the installer has to be booted with to find it. */
  readonly kernelOptions: readonly string[]
}

export interface IsoWish {
  /** The installer; absolute, as is `output`. */
  readonly iso: string
  /** What is there is replaced. */
  readonly output: string
  readonly password: string
}

export interface MadeInstaller {
  readonly sizeBytes: number
  /** Of the new ISO, in hex. */
  readonly sha256: string
  /** What it boots with. */
  readonly firmware: readonly ('bios' | 'uefi')[]
}

export interface CloneScripts {
  readonly template: string
  readonly clone: string
}

export interface ApplianceProperty {
  readonly key: string
  readonly type: string
  /** Absent where it is a password. */
  readonly defaultValue?: string
  /** What Nestlab sets it from; `its key` where it has no setting of its own. Absent: the maker lets nobody set it. */
  readonly setFrom?: string
}

export interface Appliance {
  readonly properties: readonly ApplianceProperty[]
  readonly networks: readonly string[]
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[]
  /** Which sums of the manifest the files were compared by; `nothing` where there is none. */
  readonly checkedBy: string
  /** Whether it has any of the properties of appliances of nested ESXi. */
  readonly isNestedEsxi: boolean
}

/** Certificates of nested hosts that run; fingerprints are SHA-256 in capitals with colons. */
export interface NestedTrust {
  /** `known`: what it showed before; absent where nobody has looked yet. */
  look(
    lab: string,
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly server: string; readonly fingerprint: string; readonly known?: string }>
  accept(lab: string, path: string, fingerprint: string): Promise<void>
}

export interface EsxiCommands {
  readonly hashPlaceholder: string
  /** Name of the environment variable that the root password may be in. */
  readonly passwordVariable: string
  /** What is in it; undefined where it is not set. */
  givenPassword(): string | undefined
  /** The ESXi hosts of the lab, outermost first. */
  hosts(lab: ResolvedLab): readonly Machine[]
  kickstart(host: EsxiHost, signal: AbortSignal, password?: string): Promise<KickstartText>
  makeIso(host: EsxiHost, wish: IsoWish, signal: AbortSignal): Promise<MadeInstaller>
  cloneScripts(version: string, hostname: string): CloneScripts
  /** `file` is absolute. Reads all of it where it has a manifest. */
  appliance(
    file: string,
    options: { readonly signal: AbortSignal; readonly onBytes: (doneBytes: number) => void },
  ): Promise<Appliance>
}
