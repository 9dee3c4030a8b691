/** Room `guests`: how is this system installed, known to be up, and driven from outside? */

export type * from './catalogue.ts'
export type * from './guest.ts'
