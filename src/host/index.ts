/** Room `host`: what can this machine do, and how is a command run there? */
export type * from './host.ts'
