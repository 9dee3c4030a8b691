/** What a bill of materials is read with: the pieces of room `lab` that make places, sentences and sizes. */

export { depthOf } from '../../lab/cst-depth.ts'
export { find, type Located, plainOf } from '../../lab/located.ts'
export { instead, nearest } from '../../lab/near.ts'
export { problemsOf } from '../../lab/place-problems.ts'
export { isMap, valueAt } from '../../lab/plain-value.ts'
export {
  accepted,
  clipped,
  type Finding,
  formatPath,
  type Path,
  type Problem,
  shown,
} from '../../lab/problem.ts'
export { convert } from '../../lab/read-node.ts'
export {
  described,
  keysOf,
  listOf,
  oneOf,
  plainText,
  textRead,
  wholeNumber,
  yesOrNo,
} from '../../lab/schema-leaf.ts'
export { bare, exampleOf, keysAt, schemaAt } from '../../lab/schema-walk.ts'
export { readMemory } from '../../lab/sizes.ts'
export { syntaxFinding } from '../../lab/yaml-syntax.ts'
