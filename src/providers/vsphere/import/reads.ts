/** The methods that an import may send: all of them read, and whatever else is tried is stopped before it is sent. */

const reads: ReadonlySet<string> = new Set([
  'RetrieveServiceContent',
  'Login',
  'Logout',
  'CreateContainerView',
  'DestroyView',
  'RetrievePropertiesEx',
  'ContinueRetrievePropertiesEx',
  'CancelRetrievePropertiesEx',
  'CurrentTime',
  'QueryOptions',
])

/** For `onCall` of a connection. Views and the session are the server's own notes about us, not part of the inventory. */
export function onlyReads(method: string): void {
  if (!reads.has(method)) throw new TypeError(`An import must not send ${method}.`)
}
