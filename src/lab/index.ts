/** Room `lab`: what is wanted? */

export type * from './boot.ts'
export type * from './model.ts'
export { machinesOf } from './model.ts'
