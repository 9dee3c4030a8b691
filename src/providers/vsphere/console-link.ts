/** The address at which a browser shows the console of a machine: good for one visit within some half a minute. */
import type { ConsoleLink } from '../provider.ts'
import { fail } from './errors.ts'
import type { FoundMachine } from './machines.ts'
import { compareApi } from './soap/table.ts'
import { numberAt, textAt } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

/** The first API with consoles for browsers. */
const webApi = '6.0'
const webPort = 443

/** Whoever has the link is let in, so it is for the terminal of whoever asked, and for no log. */
export async function consoleLinkOf(
  { level, place }: Level,
  { ref, name, host }: FoundMachine,
  signal: AbortSignal,
): Promise<ConsoleLink> {
  const { connection } = level
  if (compareApi(connection.api, webApi) < 0) {
    const reason = `its console is shown to browsers from vSphere ${webApi} on, and this is ${connection.api}`
    throw fail('vsphere-no-way-in', { machine: name, reason })
  }
  const ticket = await connection.call('AcquireTicket', ref, { ticketType: 'webmks' }, { signal })
  const word = textAt(ticket, 'ticket')
  if (word === undefined) throw fail('vsphere-answer-unreadable', { reason: `${name} was given no ticket` })
  // Servers before 7.0 leave it to the client to make the address, and some leave out the host.
  const on = textAt(ticket, 'host') ?? place.hosts.find((one) => one.ref.value === host?.value)?.name
  const made = `wss://${on ?? connection.server.url.hostname}:${numberAt(ticket, 'port') ?? webPort}/ticket/${word}`
  const thumbprint = textAt(ticket, 'sslThumbprint')
  return { url: textAt(ticket, 'url') ?? made, ...(thumbprint !== undefined && { thumbprint }) }
}
