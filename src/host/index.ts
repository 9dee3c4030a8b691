/** Room `host`: what can this machine do, and how is a command run there? */
export type { Endpoint, Finished, Host, RunOptions, Session, SessionOptions } from './host.ts'
export { SILENCE_LIMIT_MS } from './limits.ts'
export { openLocalHost } from './local.ts'
export { shellQuote } from './shell.ts'
export { connectSsh, type SshOptions } from './ssh-connect.ts'
