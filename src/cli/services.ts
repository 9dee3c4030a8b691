/** What the command line is handed by `main.ts`: the rest of the program, loaded only when a verb asks for it. */
import type { Engine } from '#engine'
import type { Image, ImageProgress } from '#guests'
import type { LabSwitch, ResolvedLab } from '#lab'

export interface Services {
  readonly nowMs: () => number
  engine(): Promise<Engine>
  labFiles(): Promise<LabFiles>
  images(): Promise<Images>
  /** Looks at this machine. `again` proves the accelerator anew instead of trusting the remembered verdict. */
  doctor(options: { readonly again: boolean; readonly signal: AbortSignal }): Promise<DoctorReport>
  /** The JSON Schema of the lab file. */
  schema(): Promise<unknown>
  /** What a drop reason means on that switch, and which setting is responsible. */
  explainDrop(): Promise<(reason: string, on: LabSwitch, portgroup: string) => DropText | undefined>
}

export interface DropText {
  readonly meaning: string
  /** The setting with its value. */
  readonly setting: string
  readonly remedy: string
}

/** One thing wrong with a lab file, where, and what would be right. Lines and columns count from 1. */
export interface LabProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
  readonly at: string
  readonly text: string
  readonly remedy: string
}

export interface LoadedLab {
  /** Absent when something is wrong. */
  readonly lab?: ResolvedLab
  readonly problems: readonly LabProblem[]
  /** The problems with their places and excerpts, for people. */
  render(color: boolean): string
}

export interface LabFiles {
  /** `file` is absolute. A `.ts` module is run: only the user's own command line may name one. */
  load(file: string): Promise<LoadedLab>
  draw(lab: ResolvedLab): string
  /** The whole lab with every default, as YAML. */
  resolved(lab: ResolvedLab): string
}

export interface ImageWork {
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal: AbortSignal
}

export interface Images {
  /** Names of the images Nestlab can build itself. */
  readonly buildable: readonly string[]
  list(): Promise<readonly Image[]>
  build(name: string, work: ImageWork & { readonly again: boolean }): Promise<Image>
  import(file: string, name: string | undefined, work: ImageWork): Promise<Image>
  /** Resolves with what is wrong with the image's files; nothing = intact. */
  verify(name: string, signal: AbortSignal): Promise<readonly string[]>
  /** Resolves with the freed bytes. */
  remove(name: string): Promise<number>
}

/** One thing the doctor looked at. */
export interface Finding {
  readonly name: string
  readonly verdict: 'yes' | 'no' | 'limited'
  readonly found: string
  /** What a `no` means for nested labs, and what to do; absent when all is well. */
  readonly means?: string
  readonly remedy?: string
}

export interface DoctorReport {
  readonly findings: readonly Finding[]
  readonly accelerator: 'kvm' | 'tcg' | 'none'
}
