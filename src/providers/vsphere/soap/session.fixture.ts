/** Sessions with the servers of tests, and what those have heard. */
import { Connection, type ConnectOptions } from './connection.ts'
import { answer, type Play, password, type TestServer } from './server.fixture.ts'

export const folder = { type: 'Folder', value: 'group-v3' }
export const user = 'administrator@vsphere.local'

export interface Opening extends Partial<ConnectOptions> {
  /** Instead of the password. */
  readonly word?: string
}

/** `asked` counts how often the password was needed. */
export async function open(test: TestServer, { word = password, ...options }: Opening = {}) {
  const asked = { times: 0 }
  const credentials = {
    user,
    password: async () => {
      asked.times += 1
      return word
    },
  }
  return Object.assign(await Connection.open({ server: test, credentials, ...options }), { asked })
}

export const methodsOf = ({ heard }: TestServer): readonly string[] => heard.map(({ method }) => method)

export const countOf = (test: TestServer, method: string): number =>
  methodsOf(test).filter((one) => one === method).length

/** What `CreateFolder` answers. */
export const made = { type: 'Folder', value: 'group-v4' }

export const folderMade: Play = ({ method }) =>
  answer(method, '<returnval type="Folder">group-v4</returnval>')
