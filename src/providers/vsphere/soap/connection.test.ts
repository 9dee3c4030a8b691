import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from './connection.ts'
import { answer, fault, type Play, password, startServer, until } from './server.fixture.ts'
import { countOf, folder, folderMade, made, methodsOf, open, user } from './session.fixture.ts'

describe('A session', () => {
  it('begins with the question what the server is, and ends with it', async () => {
    await using test = await startServer({ plays: { CreateFolder: folderMade } })
    const connection = await open(test)
    assert.deepEqual([connection.api, connection.isVCenter], ['8.0.3.0', true])
    assert.deepEqual(connection.service('rootFolder'), { type: 'Folder', value: 'group-d1' })
    assert.deepEqual(await connection.call('CreateFolder', folder, { name: 'lab' }), made)
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
