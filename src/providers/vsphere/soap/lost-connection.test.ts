import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { answer, fault, type Play, startServer, until } from './server.fixture.ts'
import { countOf, folder, folderMade, made, open } from './session.fixture.ts'
import { shownCertificate } from './transport.ts'

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
      plays: { CreateFolder: folderMade },
    })
    for (const session of first.sessions) second.sessions.add(session)
    assert.deepEqual(await called, made)
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
