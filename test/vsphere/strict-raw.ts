/** Requests written by hand, for what our client would never send. */
import type { Strict } from './strict-bench.ts'

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
  readonly #strict: Strict
  readonly #version: string
  #cookie: string | undefined

  private constructor(strict: Strict, version: string) {
    this.#strict = strict
    this.#version = version
  }

  /** Logged in. */
  static async open(strict: Strict, version: string): Promise<Raw> {
    const raw = new Raw(strict, version)
    const manager = strict.kind === 'esxi' ? 'ha-sessionmgr' : 'SessionManager'
    const { user, password } = strict
    await raw.call(
      `<Login xmlns="urn:vim25"><_this type="SessionManager">${manager}</_this>` +
        `<userName>${user}</userName><password>${password}</password></Login>`,
    )
    return raw
  }

  static anonymous(strict: Strict, version: string): Raw {
    return new Raw(strict, version)
  }

  /** The element of a method, in its envelope. */
  async call(element: string): Promise<RawAnswer> {
    return this.send(enveloped(element))
  }

  async send(text: string, action = `"urn:vim25/${this.#version}"`): Promise<RawAnswer> {
    const answer = await fetch(this.#strict.url, {
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
    const fault = /<\w+Fault xmlns="urn:vim25" xsi:type="(\w+)">/.exec(body)?.[1]
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
    '<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this>' +
    '<specSet><propSet><type>Task</type><all>false</all><pathSet>info</pathSet></propSet>' +
    `<objectSet><obj type="Task">${task}</obj></objectSet></specSet><options></options></RetrievePropertiesEx>`
  for (;;) {
    const { text } = await raw.call(question)
    if (text.includes('<state>success</state>')) return 'success'
    if (text.includes('<state>error</state>')) return /<fault xsi:type="(\w+)">/.exec(text)?.[1] ?? 'error'
  }
}
