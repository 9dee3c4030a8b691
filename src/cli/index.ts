/** Door of `cli`: how does a person reach it? */

export { askPassword } from './ask.ts'
export type * from './blueprint-contract.ts'
export { commandTree } from './command-tree.ts'
export type { Appliance, EsxiCommands, EsxiHost, NestedTrust } from './esxi-contract.ts'
export type { Hardware } from './hardware-text.ts'
export type { ImportCommands, Imported, ImportWish } from './import-contract.ts'
export { runCli, type World } from './run.ts'
export type {
  DropText,
  FixWanted,
  LabFiles,
  LabFixes,
  LoadedLab,
  MadeEdit,
  RuleChecks,
  RuleFix,
  Services,
  TunnelKeys,
} from './services.ts'
export type { ListedSite, NewSite, SiteCommands, SiteReport, SiteSurvey } from './site-contract.ts'
export type { Sizing } from './size-service.ts'
export { verbs } from './verbs.ts'
