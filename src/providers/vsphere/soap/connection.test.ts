import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Connection, type ConnectOptions } from './connection.ts'
import { answer, fault, type Play, password, startServer, type TestServer } from './server.fixture.ts'
import { shownCertificate } from './transport.ts'

const folder = { type: 'Folder', value: 'group-v3' }
const user = 'administrator@vsphere.local'

interface Opening extends Partial<ConnectOptions> {
  readonly word?: string
}

async function open(test: TestServer, { word = password, ...options }: Opening = {}) {
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

const methodsOf = ({ heard }: TestServer) => heard.map(({ method }) => method)
const countOf = (test: TestServer, method: string) => methodsOf(test).filter((one) => one === method).length

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const folderNamed: Play = ({ method }) => answer(method, '<returnval type="Folder">group-v4</returnval>')

describe('A session', () => {
  it('begins with the question what the server is, and ends with it', async () => {
    await using test = await startServer({ plays: { CreateFolder: folderNamed } })
    const connection = await open(test)
    assert.deepEqual([connection.api, connection.isVCenter], ['8.0.3.0', true])
    assert.deepEqual(connection.service('rootFolder'), { type: 'Folder', value: 'group-d1' })
    const made = await connection.call('CreateFolder', folder, { name: 'lab' })
    assert.deepEqual(made, { type: 'Folder', value: 'group-v4' })
    await connection.close()
    assert.deepEqual(methodsOf(test), ['RetrieveServiceContent', 'Login', 'CreateFolder', 'Logout'])
    assert.equal(test.sessions.size, 0)
    await until(() => test.open() === 0)
  })

  it('is not sent with the login, and is sent with all that follows', async () => {
    await using test = await startServer()
    await (await open(test)).close()
    assert.deepEqual(
      test.heard.map(({ cookie }) => cookie !== undefined),
      [false, false, true],
    )
  })

  it('ends once, and is of no use afterwards', async () => {
    await using test = await startServer()
    const connection = await open(test)
    await Promise.all([connection.close(), connection.close()])
    await assert.rejects(connection.call('CreateFolder', folder, { name: 'a' }), /connection is closed/)
    assert.equal(countOf(test, 'Logout'), 1)
  })

  it('ends also when the server cannot be reached any more', async () => {
    const test = await startServer()
    const connection = await open(test)
    await test[Symbol.asyncDispose]()
    await connection.close()
  })

  it('that lacks a service says so', async () => {
    await using test = await startServer()
    await using connection = await open(test)
    assert.throws(() => connection.service('licenseManager'), { code: 'vsphere-not-supported' })
  })

  it('is kept alive while nobody calls', async () => {
    await using test = await startServer()
    await using _connection = await open(test, { keepAliveMs: 1 })
    await until(() => countOf(test, 'CurrentTime') > 1)
  })

  it('is told of each call that is sent', async () => {
    await using test = await startServer()
    const calls: string[] = []
    const connection = await open(test, {
      onCall: (method, target) => calls.push(`${method} ${target.value}`),
    })
    await connection.close()
    assert.deepEqual(calls, [
      'RetrieveServiceContent ServiceInstance',
      'Login sessionManager',
      'Logout sessionManager',
    ])
  })
})

describe('The version of the API', () => {
  for (const [offered, spoken] of [
    ['5.5', '5.5'],
    ['6.7.3', '6.7.3'],
    ['8.0.3.0', '8.0.3.0'],
    ['9.0.0.0', '9.0.0.0'],
    ['99.0', '9.1.1.0'],
  ] as const) {
    it(`is ${spoken} with a server that has ${offered}`, async () => {
      await using test = await startServer({ apiVersion: offered })
      await using connection = await open(test)
      assert.equal(connection.api, spoken)
      assert.deepEqual(
        test.heard.map(({ headers }) => headers.soapaction),
        ['"urn:vim25/5.5"', `"urn:vim25/${spoken}"`],
      )
    })
  }

  it('is the newest one already in the first question where the server refuses the oldest', async () => {
    await using other = await startServer()
    const play: Play = async ({ headers, method }) =>
      headers.soapaction === '"urn:vim25/5.5"'
        ? fault('InvalidRequest')
        : answer(
            method,
            '<returnval><about><apiVersion>9.1.0.0</apiVersion></about><sessionManager type="SessionManager">s</sessionManager></returnval>',
          )
    await using test = await startServer({ plays: { RetrieveServiceContent: play } })
    await using connection = await open(test)
    assert.equal(connection.api, '9.1.0.0')
    assert.deepEqual(other.heard, [])
  })

  for (const version of ['', 'nine', '8.x']) {
    it(`is not guessed where the server says ${JSON.stringify(version)}`, async () => {
      await using test = await startServer({ apiVersion: version })
      await assert.rejects(open(test), { code: 'vsphere-answer-unreadable', message: /which API/ })
      assert.equal(countOf(test, 'Login'), 0)
    })
  }
})

describe('A login', () => {
  it('with a wrong password is refused by the name of the user, and leaves nothing open', async () => {
    await using test = await startServer()
    await assert.rejects(open(test, { word: 'wrong-word' }), (error: Error) => {
      assert.equal('code' in error && error.code, 'vsphere-login-refused')
      assert.match(error.message, /does not let administrator@vsphere\.local in/)
      return true
    })
    await until(() => test.open() === 0)
  })

  it('is not tried with a password that was refused before, since servers lock accounts', async () => {
    let word = password
    await using test = await startServer()
    const credentials = { user, password: async () => word }
    await using connection = await Connection.open({ server: test, credentials })
    test.sessions.clear()
    word = 'changed meanwhile'
    const call = () => connection.call('CreateFolder', folder, { name: 'a' })
    await Promise.all([1, 2, 3].map(() => assert.rejects(call(), { code: 'vsphere-login-refused' })))
    await assert.rejects(call(), { code: 'vsphere-login-refused' })
    assert.equal(countOf(test, 'Login'), 2)
  })

  it('that gives no session is refused', async () => {
    await using test = await startServer({ plays: { Login: ({ method }) => answer(method, '<returnval/>') } })
    await assert.rejects(open(test), { code: 'vsphere-answer-unreadable', message: /no session/ })
  })

  it('without permission is told as that', async () => {
    await using test = await startServer({ plays: { Login: () => fault('NoPermission') } })
    await assert.rejects(open(test), { code: 'vsphere-no-permission' })
  })
})

describe('A session that has ended', () => {
  it('is begun anew, and the call that noticed it is sent once more', async () => {
    await using test = await startServer({ plays: { CreateFolder: folderNamed } })
    await using connection = await open(test)
    test.sessions.clear()
    assert.deepEqual(await connection.call('CreateFolder', folder, { name: 'a' }), {
      type: 'Folder',
      value: 'group-v4',
    })
    assert.deepEqual(methodsOf(test).slice(2), ['CreateFolder', 'Login', 'CreateFolder'])
    assert.equal(connection.asked.times, 2)
  })

  it('is begun anew once for all calls that notice it', async () => {
    const calls = 20
    await using test = await startServer({ plays: { CreateFolder: folderNamed } })
    let asked = 0
    const credentials = {
      user,
      password: async () => {
        asked += 1
        // The last of the calls has noticed it before the first one can log in.
        if (asked > 1) await until(() => countOf(test, 'CreateFolder') === calls)
        return password
      },
    }
    await using connection = await Connection.open({ server: test, credentials })
    test.sessions.clear()
    const all = Array.from({ length: calls }, () => connection.call('CreateFolder', folder, { name: 'a' }))
    assert.equal((await Promise.all(all)).length, calls)
    assert.equal(countOf(test, 'CreateFolder'), 2 * calls)
    assert.equal(countOf(test, 'Login'), 2)
    assert.equal(asked, 2)
    const logins = test.heard.filter(({ method }) => method === 'Login')
    assert.deepEqual(
      logins.map(({ cookie }) => cookie),
      [undefined, undefined],
    )
  })

  it('again and again is an error, not an endless attempt', async () => {
    await using test = await startServer({ plays: { CreateFolder: () => fault('NotAuthenticated') } })
    await using connection = await open(test)
    await assert.rejects(connection.call('CreateFolder', folder, { name: 'a' }), {
      code: 'vsphere-session-over',
    })
    assert.equal(countOf(test, 'CreateFolder'), 2)
  })

  it('is begun anew for the others also when one of them gives up', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await using test = await startServer({ plays: { CreateFolder: folderNamed } })
    const stop = new AbortController()
    let asked = 0
    const credentials = {
      user,
      password: async () => {
        asked += 1
        if (asked > 1) await held
        return password
      },
    }
    await using connection = await Connection.open({ server: test, credentials })
    test.sessions.clear()
    const first = connection.call('CreateFolder', folder, { name: 'a' }, { signal: stop.signal })
    const second = connection.call('CreateFolder', folder, { name: 'b' })
    await until(() => asked === 2)
    stop.abort(new Error('enough'))
    await assert.rejects(first, /enough/)
    release()
    assert.deepEqual(await second, { type: 'Folder', value: 'group-v4' })
    assert.equal(asked, 2)
  })

  it('lets work begin anew that had made something for itself in it', async () => {
    await using test = await startServer()
    await using connection = await open(test)
    let tries = 0
    const done = await connection.perSession(async () => {
      tries += 1
      if (tries === 1) test.sessions.clear()
      await connection.call('CreateFolder', folder, { name: 'a' })
      if (tries === 1) await connection.call('NoSuchMethod', folder)
      return tries
    })
    assert.equal(done, 2)
  })

  it('does not let work begin anew that failed for another reason', async () => {
    await using test = await startServer()
    await using connection = await open(test)
    let tries = 0
    const work = async () => {
      tries += 1
      await connection.call('NoSuchMethod', folder)
    }
    await assert.rejects(connection.perSession(work), { code: 'vsphere-call-impossible' })
    assert.equal(tries, 1)
  })
})

describe('A lost connection', () => {
  const losing = (times: number): { play: Play; lost: () => number } => {
    let count = 0
    return {
      lost: () => count,
      play: (heard, response) => {
        if (count >= times) return answer(heard.method)
        count += 1
        response.socket?.destroy()
        return undefined
      },
    }
  }

  it('does not stop what may be asked twice', async () => {
    const { play, lost } = losing(2)
    await using test = await startServer({ plays: { RetrievePropertiesEx: play } })
    await using connection = await open(test)
    const asked = { specSet: [{ propSet: [], objectSet: [] }], options: {} }
    await connection.call('RetrievePropertiesEx', connection.service('propertyCollector'), asked)
    assert.equal(lost(), 2)
  })

  it('is told in the end where it stays lost', async () => {
    const { play, lost } = losing(99)
    await using test = await startServer({ plays: { CurrentTime: play } })
    await using connection = await open(test)
    await assert.rejects(connection.call('CurrentTime', connection.service('sessionManager')), {
      name: 'Failure',
      code: 'vsphere-unreachable',
    })
    assert.equal(lost(), 3)
  })

  for (const method of ['CreateFolder', 'PowerOnVM_Task', 'ContinueRetrievePropertiesEx'] as const) {
    const parameters = {
      CreateFolder: { name: 'a' },
      PowerOnVM_Task: {},
      ContinueRetrievePropertiesEx: { token: '1' },
    }
    it(`is told at once for ${method}, which may have been done`, async () => {
      const { play, lost } = losing(99)
      await using test = await startServer({ plays: { [method]: play } })
      await using connection = await open(test)
      await assert.rejects(connection.call(method, folder, parameters[method]), {
        code: 'vsphere-unreachable',
      })
      assert.equal(lost(), 1)
    })
  }

  it('to a server that is away for a moment does not stop even what may be done only once', async () => {
    // No connection is left that could be tried.
    const last: Play = ({ method }, response) => {
      response.setHeader('connection', 'close')
      return answer(method)
    }
    const first = await startServer({ plays: { CurrentTime: last } })
    await using connection = await open(first)
    await connection.call('CurrentTime', folder)
    await first[Symbol.asyncDispose]()
    const called = connection.call('CreateFolder', folder, { name: 'a' })
    const { port } = first.url
    // Asked after the call, and refused after it.
    await assert.rejects(shownCertificate(first.url), { code: 'vsphere-unreachable' })
    await using second = await startServer({
      certificate: first.certificate,
      port: Number(port),
      plays: { CreateFolder: folderNamed },
    })
    for (const session of first.sessions) second.sessions.add(session)
    assert.deepEqual(await called, { type: 'Folder', value: 'group-v4' })
    assert.equal(countOf(second, 'CreateFolder'), 1)
  })

  it('at the very beginning is told at once', async () => {
    const test = await startServer()
    await test[Symbol.asyncDispose]()
    await assert.rejects(open(test), { code: 'vsphere-unreachable', message: /nothing listens/ })
  })

  it('is not waited for by somebody who has given up', async () => {
    const { play, lost } = losing(99)
    await using test = await startServer({ plays: { CurrentTime: play } })
    await using connection = await open(test)
    const stop = new AbortController()
    const called = connection.call('CurrentTime', folder, {}, { signal: stop.signal })
    await until(() => lost() === 1)
    stop.abort(new Error('enough'))
    await assert.rejects(called, /enough/)
    assert.equal(lost(), 1)
  })
})

describe('What is no answer', () => {
  for (const [what, status, body, reason] of [
    ['a page of something else', 404, '<html></html>', /HTTP status 404/],
    ['a redirection', 301, '', /HTTP status 301/],
    ['a text', 200, 'hello', /no XML/],
    ['XML that is no SOAP', 200, '<a/>', /no SOAP/],
    [
      'an empty envelope',
      200,
      '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
      /no SOAP/,
    ],
    [
      'the answer to another question',
      200,
      '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><LogoutResponse xmlns="urn:vim25"/></e:Body></e:Envelope>',
      /answers LogoutResponse instead of RetrieveServiceContent/,
    ],
  ] as const) {
    it(`is refused: ${what}`, async () => {
      const play: Play = (_heard, response) => {
        response.writeHead(status).end(body)
        return undefined
      }
      await using test = await startServer({ plays: { RetrieveServiceContent: play } })
      await assert.rejects(open(test), { code: 'vsphere-answer-unreadable', message: reason })
    })
  }
})

describe('The password and the session', () => {
  it('stand in no error, whatever goes wrong and however deep one looks', async () => {
    const echo: Play = ({ text, cookie }, response) => {
      response.writeHead(200).end(`not XML: ${text} ${cookie}`)
      return undefined
    }
    const hangUp: Play = (_heard, response) => {
      response.socket?.destroy()
      return undefined
    }
    const errors: unknown[] = []
    const keep = (error: unknown) => errors.push(error)
    for (const Login of [echo, hangUp, () => fault('InvalidLogin'), () => fault('SystemError')]) {
      await using test = await startServer({ plays: { Login } })
      await open(test).catch(keep)
    }
    for (const CreateFolder of [echo, hangUp, () => fault('NotAuthenticated'), () => fault('NoPermission')]) {
      await using test = await startServer({ plays: { CreateFolder } })
      await using connection = await open(test)
      await connection.call('CreateFolder', folder, { name: 'a' }).catch(keep)
    }
    assert.equal(errors.length, 8)
    const all = inspect(errors, { depth: 20, showHidden: true })
    assert.doesNotMatch(all, /Very-Secret|secret-session/)
    assert.match(all, /vsphere-/)
  })
})
