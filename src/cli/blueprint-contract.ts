/** What `nestlab blueprint` is handed: packs labs to be shared, and takes in those of others. */
import type { HandedOut, RunOptions } from '#engine'
import type { ImageProgress } from '#guests'
import type { ResolvedLab } from '#lab'

export interface BlueprintRun {
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
}

export interface PackWish {
  readonly lab: ResolvedLab
  /** Absolute path of the lab file, whose text is packed where it is YAML; absent: the lab as it was brought up. */
  readonly file?: string
  /** Absolute. */
  readonly output: string
  /** Images are named by their hash only. */
  readonly thin: boolean
  readonly replace: boolean
  /** A private Ed25519 key in PEM; a file, absolute. */
  readonly signKeyFile?: string
  /** What the lab is to go on from, under keys that nothing else has. */
  readonly running?: HandedOut | undefined
}

/** An image that a blueprint names and does not hold. */
export interface AbsentImage {
  readonly name: string
  readonly sha256: string
  readonly why: 'thin' | 'licence'
}

export interface PackedBlueprint {
  readonly digest: string
  readonly bytes: number
  readonly absent: readonly AbsentImage[]
}

export interface UnpackWish {
  /** A file, a folder, or `oci:FOLDER[:TAG]`; files and folders absolute. */
  readonly source: string
  /** Absolute; the lab gets a folder of its name in there. */
  readonly folder: string
  /** How the lab is called here; absent: as it was. */
  readonly name?: string
  /** Take in the running lab too. */
  readonly running: boolean
  /** A public Ed25519 key in PEM that it must be signed with; a file, absolute. */
  readonly keyFile?: string
  /** More than that is refused; absent: what is free on the disk. */
  readonly maxBytes?: number
}

export interface UnpackedBlueprint {
  readonly lab: string
  readonly digest: string
  /** Absolute. */
  readonly file: string
  /** Whether the next `up` goes on from a running lab. */
  readonly isRunning: boolean
  /** Why it does not, although there is one in the blueprint: a whole sentence. */
  readonly notRunning?: string
  /** Images that were taken in under another name, since the name means something else here. */
  readonly renamed: readonly { readonly name: string; readonly as: string }[]
  /** Images that are neither in the blueprint nor here. */
  readonly missing: readonly AbsentImage[]
}

export interface BlueprintFacts {
  readonly digest: string
  readonly lab: string
  readonly kind: 'full' | 'thin'
  readonly createdAt: string
  readonly packedBytes: number
  readonly unpackedBytes: number
  readonly signatures: number
  /** Was a signature by the named key found? Absent: none was named. */
  readonly isSigned?: true
  readonly machines: readonly string[]
  readonly images: readonly { readonly name: string; readonly sha256: string; readonly isThere: boolean }[]
  /** What the running lab in it needs; absent: there is none. */
  readonly running?: { readonly qemu: string; readonly accelerator: string; readonly cpu: string }
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
}

export interface PushedBlueprint {
  readonly digest: string
  readonly writtenBlobs: number
  readonly keptBlobs: number
}

export interface RegistryWish {
  readonly reference: string
  /** Talk to the registry without TLS; absent: with this machine only. */
  readonly plainHttp?: boolean
  readonly keyFile?: string
}

export interface BlueprintCommands {
  /** The lab that is brought up to be packed running; of the same name for the same output. Fails where that cannot be. */
  passing(wish: PackWish): Promise<ResolvedLab>
  /** Fails with `pack-disks-hold-keys` when machines of a snapshot have written to disks. */
  refuseWritten(lab: ResolvedLab): Promise<void>
  pack(wish: PackWish, run: BlueprintRun): Promise<PackedBlueprint>
  unpack(wish: UnpackWish, run: BlueprintRun & RunOptions): Promise<UnpackedBlueprint>
  /** `source` is as for `unpack`, or a name in a registry. */
  inspect(source: string, wish: Omit<RegistryWish, 'reference'>, run: BlueprintRun): Promise<BlueprintFacts>
  push(source: string, wish: RegistryWish, run: BlueprintRun): Promise<PushedBlueprint>
  pull(
    wish: RegistryWish & { readonly output: string; readonly replace: boolean },
    run: BlueprintRun,
  ): Promise<PackedBlueprint>
}
