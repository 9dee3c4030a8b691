/** Room `providers`: how do machines come to exist there? */
export type * from './copies.ts'
export type * from './machine-snapshots.ts'
export type * from './moves.ts'
export type * from './network.ts'
export type * from './provider.ts'
