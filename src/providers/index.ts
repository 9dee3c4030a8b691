/** Room `providers`: how do machines come to exist there? */
export type * from './network.ts'
export type * from './provider.ts'
