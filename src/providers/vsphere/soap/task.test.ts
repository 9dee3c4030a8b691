import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from './connection.ts'
import {
  answer,
  fault,
  type Play,
  password,
  startServer,
  type TestServer,
  type TestServerOptions,
} from './server.fixture.ts'
import { runTask } from './task.ts'

const machine = { type: 'VirtualMachine', value: 'vm-1' }

const update = (version: number, info: string, kind = 'modify') =>
  `<returnval><version>${version}</version><filterSet><filter type="PropertyFilter">f</filter><objectSet><kind>${kind}</kind><obj type="Task">task-1</obj><changeSet><name>info</name><op>assign</op><val xsi:type="TaskInfo"><key>task-1</key>${info}</val></changeSet></objectSet></filterSet></returnval>`

const running = (percent: number) => `<state>running</state><progress>${percent}</progress>`
const done =
  '<state>success</state><result xsi:type="ManagedObjectReference" type="VirtualMachine">vm-2</result>'
const failed = (type: string, message: string) =>
  `<state>error</state><error><fault xsi:type="${type}"/><localizedMessage>${message}</localizedMessage></error>`

/** Nothing new until the time is over. */
const nothing = ''

type Told = string | Play

function taskServer(updates: readonly Told[], more: TestServerOptions['plays'] = {}) {
  let collectors = 0
  const plays: Record<string, Play> = {
    PowerOnVM_Task: ({ method }) => answer(method, '<returnval type="Task">task-1</returnval>'),
    CreatePropertyCollector: ({ method }) => {
      collectors += 1
      return answer(method, `<returnval type="PropertyCollector">c${collectors}</returnval>`)
    },
    CreateFilter: ({ method }) => answer(method, '<returnval type="PropertyFilter">f</returnval>'),
    WaitForUpdatesEx: async (heard, response) => {
      const told = updates[waits]
      waits += 1
      return typeof told === 'function' ? told(heard, response) : answer(heard.method, told)
    },
  }
  let waits = 0
  return startServer({ plays: { ...plays, ...more } })
}

const openTo = (test: TestServer) =>
  Connection.open({ server: test, credentials: { user: 'u', password: async () => password } })

const run = (connection: Connection, options = {}) =>
  runTask(connection, 'PowerOnVM_Task', machine, {}, options)

const methodsOf = ({ heard }: TestServer) => heard.slice(2).map(({ method }) => method)
const versions = ({ heard }: TestServer) =>
  heard.flatMap(({ text }) => /<version>(.*?)<\/version><options>/.exec(text)?.[1] ?? [])

describe('A task', () => {
  it('is waited for with its progress, and gives its result', async () => {
    const told = [
      update(1, '<state>queued</state>', 'enter'),
      nothing,
      update(2, running(10)),
      update(3, running(10)),
      update(4, running(70)),
      update(5, done),
    ]
    await using test = await taskServer(told)
    await using connection = await openTo(test)
    const progress: number[] = []
    const result = await run(connection, { onProgress: (percent: number) => progress.push(percent) })
    assert.deepEqual(result, { type: 'VirtualMachine', value: 'vm-2' })
    assert.deepEqual(progress, [10, 70])
    assert.deepEqual(versions(test), ['', '1', '1', '2', '3', '4'])
    assert.equal(methodsOf(test).at(-1), 'DestroyPropertyCollector')
  })

  it('that has ended before one could wait gives its result, too', async () => {
    await using test = await taskServer([update(1, '<state>success</state>', 'enter')])
    await using connection = await openTo(test)
    assert.equal(await run(connection), undefined)
  })

  it('that fails tells why, as a call does that fails', async () => {
    await using test = await taskServer([update(1, failed('NoDiskSpace', 'The disk is full.'), 'enter')])
    await using connection = await openTo(test)
    await assert.rejects(run(connection), {
      code: 'vsphere-no-space',
      message: 'PowerOnVM_Task: there is no room left: The disk is full.',
    })
    assert.equal(methodsOf(test).at(-1), 'DestroyPropertyCollector')
  })

  it('that is refused before it begins is told in the same way', async () => {
    await using test = await taskServer([], { PowerOnVM_Task: () => fault('RestrictedVersion') })
    await using connection = await openTo(test)
    await assert.rejects(run(connection), { code: 'vsphere-read-only' })
    assert.deepEqual(methodsOf(test), ['PowerOnVM_Task'])
  })

  it('that the server forgets is not waited for without end', async () => {
    await using test = await taskServer([update(1, running(1), 'enter'), update(2, '', 'leave')])
    await using connection = await openTo(test)
    await assert.rejects(run(connection), { code: 'vsphere-gone', message: /its task is not there/ })
  })

  it('is waited for anew when the session ends meanwhile, and not started again', async () => {
    await using test = await taskServer([
      update(1, running(10), 'enter'),
      () => {
        test.sessions.clear()
        return fault('NotAuthenticated')
      },
      () => fault('ManagedObjectNotFound', '<obj type="PropertyCollector">c1</obj>'),
      update(1, done, 'enter'),
    ])
    await using connection = await openTo(test)
    assert.deepEqual(await run(connection), { type: 'VirtualMachine', value: 'vm-2' })
    const methods = methodsOf(test)
    assert.equal(methods.filter((method) => method === 'PowerOnVM_Task').length, 1)
    assert.equal(methods.filter((method) => method === 'CreatePropertyCollector').length, 2)
    // What the old collector had told is of no use to the new one.
    assert.deepEqual(versions(test), ['', '1', '1', ''])
  })

  it('is waited for across a lost connection', async () => {
    await using test = await taskServer([
      update(1, running(10), 'enter'),
      (_heard, response) => {
        response.socket?.destroy()
        return undefined
      },
      update(2, done),
    ])
    await using connection = await openTo(test)
    assert.deepEqual(await run(connection), { type: 'VirtualMachine', value: 'vm-2' })
    assert.deepEqual(versions(test), ['', '1', '1'])
  })
})

describe('Giving a task up', () => {
  const enough = new Error('enough')

  it('cancels it on the server', async () => {
    const stop = new AbortController()
    await using test = await taskServer([
      update(1, running(10), 'enter'),
      () => {
        stop.abort(enough)
        return undefined
      },
    ])
    await using connection = await openTo(test)
    await assert.rejects(run(connection, { signal: stop.signal }), enough)
    assert.deepEqual(methodsOf(test).slice(-2), ['DestroyPropertyCollector', 'CancelTask'])
    assert.match(test.heard.at(-1)?.text ?? '', /<_this type="Task">task-1</)
  })

  it('while it starts cancels it as soon as its name is known', async () => {
    const stop = new AbortController()
    await using test = await taskServer([], {
      PowerOnVM_Task: async ({ method }) => {
        stop.abort(enough)
        await new Promise((resolve) => setImmediate(resolve))
        return answer(method, '<returnval type="Task">task-1</returnval>')
      },
    })
    await using connection = await openTo(test)
    await assert.rejects(run(connection, { signal: stop.signal }), enough)
    assert.deepEqual(methodsOf(test), ['PowerOnVM_Task', 'CancelTask'])
  })

  it('before it starts starts nothing', async () => {
    await using test = await taskServer([])
    await using connection = await openTo(test)
    await assert.rejects(run(connection, { signal: AbortSignal.abort(enough) }), enough)
    assert.deepEqual(methodsOf(test), [])
  })

  it('that cannot be cancelled is given up all the same', async () => {
    const stop = new AbortController()
    const play: Play = () => {
      stop.abort(enough)
      return undefined
    }
    await using test = await taskServer([play], { CancelTask: () => fault('NotSupported') })
    await using connection = await openTo(test)
    await assert.rejects(run(connection, { signal: stop.signal }), enough)
  })
})
