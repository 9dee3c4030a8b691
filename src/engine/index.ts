/** Room `engine`: what must change, in which order? */
export type * from './plan-types.ts'
