/** What the command line is handed by `main.ts`: the rest of the program, loaded only when a verb asks for it. */
import type { Classes, Engine } from '#engine'
import type { ImageCommands } from '#guests'
import type { MachineReport } from '#host'
import type { EditValue, LabSwitch, Problem, ResolvedLab, WrittenPlace } from '#lab'
import type { Checkup, Finding, LabPath, Rule, SiteKnowledge } from '#rules'
import type {
  compareLabs,
  compareWithReality,
  draw,
  FixAnswer,
  Probe,
  reachability,
  Tracer,
  Verification,
} from '#trace'
import type { BlueprintCommands } from './blueprint-contract.ts'
import type { EsxiCommands, NestedTrust } from './esxi-contract.ts'
import type { Hardware } from './hardware-text.ts'
import type { ImportCommands } from './import-contract.ts'
import type { SiteCommands, SiteSurvey } from './site-contract.ts'
import type { Sizing } from './size-service.ts'

export interface Services {
  readonly nowMs: () => number
  engine(): Promise<Engine>
  /** Dispose of them when done. */
  classes(): Promise<Classes>
  /** What opens a seat, from the environment or asked for; rejects where nobody is there to be asked. */
  seatSecret(seat: string): Promise<string>
  labFiles(): Promise<LabFiles>
  images(): Promise<ImageCommands>
  /** Looks at this machine. `again` proves the accelerator anew instead of trusting the remembered verdict. */
  doctor(options: { readonly again: boolean; readonly signal: AbortSignal }): Promise<MachineReport>
  /** Follows frames through a lab file. */
  tracing(): Promise<Tracing>
  labFixes(): Promise<LabFixes>
  /** Says whether a lab will work. */
  ruleChecks(): Promise<RuleChecks>
  tunnelKeys(): Promise<TunnelKeys>
  /** Places beside this machine where labs can be. */
  sites(): Promise<SiteCommands>
  /** Descriptions of what such places have. */
  imports(): Promise<ImportCommands>
  /** Labs that are packed to be shared. */
  blueprints(): Promise<BlueprintCommands>
  /** What nested ESXi hosts are installed and copied with. */
  esxi(): Promise<EsxiCommands>
  /** Whom the engine believes to be a nested ESXi host. */
  nestedTrust(): Promise<NestedTrust>
  /** What to buy, and whether a bill of materials holds together. */
  hardware(): Promise<Hardware>
  /** Whether a lab fits, how fast it is, and what it costs. */
  sizing(): Promise<Sizing>
  /** The JSON Schema of the lab file. */
  schema(): Promise<unknown>
  /** What a drop reason means on that switch, and which setting is responsible. */
  explainDrop(): Promise<(reason: string, on: LabSwitch, portgroup: string) => DropText | undefined>
}

/** Keys of tunnels on this machine; every method but `remove` fails when what is there is damaged. */
export interface TunnelKeys {
  /** Keeps the one that is there unless `again`. The fingerprint is for comparing by eye. */
  make(tunnel: string, again: boolean): Promise<{ readonly made: boolean; readonly fingerprint: string }>
  /** The key itself, one line. */
  text(tunnel: string): Promise<string>
  /** Takes what `text` gave on another machine; returns its fingerprint. */
  take(tunnel: string, text: string, again: boolean): Promise<string>
  /** True when there was one. */
  remove(tunnel: string): Promise<boolean>
  /** The text of a key file; `folder` is where the command was typed. */
  readFile(file: string, folder: string): Promise<string>
}

export interface Tracing {
  readonly trace: Tracer
  readonly verifyExpectations: (lab: ResolvedLab) => readonly Verification[]
  readonly compareWithReality: typeof compareWithReality
  readonly reachability: typeof reachability
  readonly compareLabs: typeof compareLabs
  readonly draw: typeof draw
}

export interface LabFixes {
  /** The smallest changes to the file with which the probe arrives; undefined when the lab is a program. */
  find(file: string, probe: Probe): Promise<{ readonly answer: FixAnswer; readonly text: string } | undefined>
  /** Writes the new text in the place of the old one; fails with `lab-file-changed` when that is not there any more. */
  replace(file: string, before: string, after: string): Promise<void>
}

export interface RuleChecks {
  /** All rules, in the order of the manual. */
  readonly rules: readonly Rule[]
  /** The id that is most likely meant by one that no rule has. */
  nearestRule(id: string): string | undefined
  /** Without `site`, what the file says about level 0 is all that is known of it. */
  check(lab: ResolvedLab, site?: SiteKnowledge): Checkup
  placeText(at: LabPath): string
  /** What a look at this machine says about level 0. */
  siteOf(report: MachineReport): SiteKnowledge
  /** The same of a vCenter or ESXi host. */
  siteOfServer(survey: SiteSurvey): SiteKnowledge
  /** The machines that the patterns of `--only` choose; undefined without patterns: all of them. */
  chosen(lab: ResolvedLab, only: readonly string[] | undefined): Promise<ReadonlySet<string> | undefined>
  /** The file with the fixes of these findings made; nothing is written. Undefined when the lab is a program. */
  fix(file: string, wanted: FixWanted): Promise<RuleFix | undefined>
  /** As `LabFixes.replace`. */
  replace(file: string, before: string, after: string): Promise<void>
}

export interface FixWanted {
  readonly findings: readonly Finding[]
  /** Change templates too, and so every machine that extends them. */
  readonly templates: boolean
  readonly site?: SiteKnowledge
}

export interface RuleFix {
  readonly before: string
  /** The same as `before` when nothing could be changed. */
  readonly after: string
  readonly made: readonly MadeEdit[]
  readonly refused: readonly RefusedFix[]
  /** Of the file as it is in `after`. */
  readonly checkup: Checkup
}

export interface RefusedFix {
  readonly rule: string
  /** Of the finding, by names of the lab. */
  readonly at: string
  /** What was not changed, and why: one sentence. */
  readonly text: string
  /** It could be made in a template. */
  readonly inTemplate: boolean
}

export interface MadeEdit {
  readonly rule: string
  /** A key of the file. */
  readonly at: string
  readonly value: EditValue
}

export interface DropText {
  readonly meaning: string
  /** The setting with its value. */
  readonly setting: string
  readonly remedy: string
}

export interface LoadedLab {
  /** Absent when something is wrong. */
  readonly lab?: ResolvedLab
  readonly problems: readonly Problem[]
  /** Where the file says a setting of the lab; absent when something is wrong. */
  readonly placeOf?: (path: readonly (string | number)[]) => WrittenPlace
  /** The problems with their places and excerpts, for people. */
  render(color: boolean): string
}

export interface LabFiles {
  /**
   * `file` is absolute. A `.ts` module is run: only the user's own command line may name one. `site`: where the lab
   * is to run, whatever the file says.
   */
  load(file: string, site?: string): Promise<LoadedLab>
  draw(lab: ResolvedLab): string
  /** The whole lab with every default, as YAML. */
  resolved(lab: ResolvedLab): string
}
