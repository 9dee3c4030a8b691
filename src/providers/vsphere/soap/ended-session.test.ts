import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from './connection.ts'
import { fault, password, startServer, until } from './server.fixture.ts'
import { countOf, folder, folderMade, made, methodsOf, open, user } from './session.fixture.ts'

describe('A session that has ended', () => {
  it('is begun anew, and the call that noticed it is sent once more', async () => {
    await using test = await startServer({ plays: { CreateFolder: folderMade } })
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
    await using test = await startServer({ plays: { CreateFolder: folderMade } })
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
    await using test = await startServer({ plays: { CreateFolder: folderMade } })
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
    assert.deepEqual(await second, made)
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
