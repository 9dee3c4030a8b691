/** Room `providers`: how do machines come to exist there? */
export type * from './provider.ts'
