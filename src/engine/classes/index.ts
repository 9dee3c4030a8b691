/** Classes, for the engine's door. */
export { openClasses } from './classes.ts'
export type * from './contract.ts'
export type { Room } from './plan-publish.ts'
