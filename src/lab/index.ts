/** Room `lab`: what is wanted? */

export { formatIp, ipNumber, isInNetworkOf, networkOf } from './address.ts'
export type * from './boot.ts'
// What reads other files of the same form, such as bills of materials: located YAML, schemas with words, sentences.
export { depthOf } from './cst-depth.ts'
export { readDuration, readDurationOrNever } from './durations.ts'
export { type EditOptions, editLab, type LabEdit } from './edit.ts'
export { plainLab, withValue } from './edit-plain.ts'
export type { EditValue } from './edit-text.ts'
export { labFailure } from './errors.ts'
export type { WellKnownImage } from './images.ts'
export { wellKnownImage, wellKnownImages } from './images.ts'
export { labFileBytes, longestNames } from './limits.ts'
export type { LoadedLab, LoadOptions } from './load.ts'
export { loadLab, loadLabObject } from './load.ts'
export { find, type Located, plainOf } from './located.ts'
export { controlMac } from './mac.ts'
export type * from './model.ts'
export { machinesOf } from './model.ts'
export type * from './model-traits.ts'
export { isSiteName, isTunnelName } from './names.ts'
export { gatewayOf, nameServerOf } from './nat.ts'
export { instead, nearest } from './near.ts'
export { problemsOf } from './place-problems.ts'
export { isMap, valueAt } from './plain-value.ts'
export { accepted, clipped, type Finding, type Path, type Problem, printable, shown } from './problem.ts'
export { convert } from './read-node.ts'
export { labReferenceMarkdown, labSchemaJson } from './reference.ts'
export { type RenderOptions, renderProblems } from './render-problems.ts'
export { resolvedYaml } from './resolved-yaml.ts'
export { defineLab, type LabFile } from './schema.ts'
export {
  described,
  keysOf,
  listOf,
  oneOf,
  plainText,
  textRead,
  wholeNumber,
  yesOrNo,
} from './schema-leaf.ts'
export { bare, exampleOf, keysAt, schemaAt } from './schema-walk.ts'
export { showTree } from './show.ts'
export { formatMiB, readMemory } from './sizes.ts'
export { uplinkWords } from './uplink-text.ts'
export { formatVlan } from './vlan.ts'
export type { WrittenPlace } from './written-place.ts'
export { syntaxFinding } from './yaml-syntax.ts'
