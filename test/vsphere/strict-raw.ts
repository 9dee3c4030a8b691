/** Requests written by hand, for what our client would never send. */

export interface RawServer {
  readonly url: URL
  readonly user: string
  readonly password: string
  readonly kind: 'vcenter' | 'esxi'
}

export interface RawAnswer {
  readonly status: number
  readonly text: string
  /** Type of the fault; absent when there is none. */
  readonly fault?: string
  readonly message?: string
  readonly cookie?: string
}

const spaces = [
  'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"',
  'xmlns:xsd="http://www.w3.org/2001/XMLSchema"',
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
].join(' ')

export const enveloped = (body: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope ${spaces}><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`

export class Raw {
  readonly #server: RawServer
  readonly #version: string
  #cookie: string | undefined

  private constructor(server: RawServer, version: string) {
    this.#server = server
    this.#version = version
  }

  /** Logged in. */
  static async open(server: RawServer, version: string): Promise<Raw> {
    const raw = new Raw(server, version)
    const manager = server.kind === 'esxi' ? 'ha-sessionmgr' : 'SessionManager'
    const { user, password } = server
    await raw.call(
      `<Login xmlns="urn:vim25"><_this type="SessionManager">${manager}</_this>` +
        `<userName>${user}</userName><password>${password}</password></Login>`,
    )
    return raw
  }

  get collector(): string {
    return this.#server.kind === 'esxi' ? 'ha-property-collector' : 'propertyCollector'
  }

  static anonymous(server: RawServer, version: string): Raw {
    return new Raw(server, version)
  }

  /** The element of a method, in its envelope. */
  async call(element: string): Promise<RawAnswer> {
    return this.send(enveloped(element))
  }

  async send(text: string, action = `"urn:vim25/${this.#version}"`): Promise<RawAnswer> {
    const answer = await fetch(this.#server.url, {
      method: 'POST',
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        soapaction: action,
        ...(this.#cookie !== undefined && { cookie: this.#cookie }),
      },
      body: text,
    })
    const body = await answer.text()
    const cookie = /vmware_soap_session=[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0]
    if (cookie !== undefined) this.#cookie = cookie
    const detail = body.split('<detail>')[1] ?? ''
    const fault = /[:\s]type="(\w+)"/.exec(detail)?.[1] ?? /<(\w+)Fault\b/.exec(detail)?.[1]
    const message = /<faultstring>([\s\S]*?)<\/faultstring>/.exec(body)?.[1]?.replaceAll('&quot;', '"')
    return {
      status: answer.status,
      text: body,
      ...(fault !== undefined && { fault }),
      ...(message !== undefined && { message }),
      ...(cookie !== undefined && { cookie }),
    }
  }
}

/** What came of a task, by asking until it has ended. */
export async function rawTask(raw: Raw, answer: RawAnswer): Promise<string> {
  const task = /<returnval type="Task">([^<]+)</.exec(answer.text)?.[1]
  if (task === undefined) return answer.fault ?? 'no task'
  const question =
    `<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">${raw.collector}</_this>` +
    '<specSet><propSet><type>Task</type><all>false</all><pathSet>info</pathSet></propSet>' +
    `<objectSet><obj type="Task">${task}</obj></objectSet></specSet><options></options></RetrievePropertiesEx>`
  for (;;) {
    const { text } = await raw.call(question)
    if (text.includes('<state>success</state>')) return 'success'
    if (text.includes('<state>error</state>')) return /<fault [^>]*:type="(\w+)"/.exec(text)?.[1] ?? 'error'
  }
}
