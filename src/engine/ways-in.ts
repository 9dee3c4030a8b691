/** Hands out the inside and the console of a machine such that closing them ends the connections on the way, too. */
import type { Access } from '#providers'
import type { Inside } from './contract.ts'
import type { Reach } from './reach.ts'

/** The same host; `close` also ends what led to it. */
export function closingReach(host: Inside, reach: Reach): Inside {
  return {
    name: host.name,
    run: (argv, options) => host.run(argv, options),
    open: (argv, options) => host.open(argv, options),
    readFile: (path) => host.readFile(path),
    readTail: (path, maxBytes) => host.readTail(path, maxBytes),
    writeFile: (path, content, mode) => host.writeFile(path, content, mode),
    remove: (path) => host.remove(path),
    connect: (endpoint, signal) => host.connect(endpoint, signal),
    close: async () => {
      await host.close().catch(() => undefined)
      await reach.close()
    },
  }
}

export function closingAccess(access: Access, reach: Reach): Access & { close(): Promise<void> } {
  const { agent, consoleLink } = access
  return {
    control: (signal) => access.control(signal),
    console: (signal) => access.console(signal),
    ...(consoleLink && { consoleLink: (signal) => consoleLink.call(access, signal) }),
    ...(agent && { agent: (signal) => agent.call(access, signal) }),
    close: () => reach.close(),
  }
}
