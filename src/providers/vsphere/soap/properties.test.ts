import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from './connection.ts'
import { allBelow, propertiesOf } from './properties.ts'
import { answer, fault, type Play, password, startServer, type TestServer } from './server.fixture.ts'
import type { MoRef } from './vim-value.ts'

const root: MoRef = { type: 'Folder', value: 'group-d1' }
const paths = { VirtualMachine: ['name', 'config.hardware.numCPU'] }

const openTo = (test: TestServer) =>
  Connection.open({ server: test, credentials: { user: 'u', password: async () => password } })

const machine = (id: number, inside = '') =>
  `<objects><obj type="VirtualMachine">vm-${id}</obj><propSet><name>name</name><val xsi:type="xsd:string">web-${id}</val></propSet><propSet><name>config.hardware.numCPU</name><val xsi:type="xsd:int">${id}</val></propSet>${inside}</objects>`

const lacking = (id: number, type: string) =>
  `<objects><obj type="VirtualMachine">vm-${id}</obj><missingSet><path>name</path><fault><fault xsi:type="${type}"/><localizedMessage/></fault></missingSet></objects>`

const view: Play = ({ method }) =>
  answer(method, '<returnval type="ContainerView">session[1]view</returnval>')

/** As many pages as there are lists, each with a token that is good once. */
function paged(pages: readonly string[], onPage?: (page: number) => string | undefined | Promise<string>) {
  const tokenOf = (page: number) => (page + 1 < pages.length ? `<token>t${page + 1}</token>` : '')
  const page = async (method: string, index: number) =>
    (await onPage?.(index)) ?? answer(method, `<returnval>${tokenOf(index)}${pages[index]}</returnval>`)
  return {
    CreateContainerView: view,
    RetrievePropertiesEx: ({ method }) => page(method, 0),
    ContinueRetrievePropertiesEx: ({ method, text }) =>
      page(method, Number(/<token>t(\d+)</.exec(text)?.[1])),
  } satisfies Record<string, Play>
}

const methodsOf = ({ heard }: TestServer) => heard.slice(2).map(({ method }) => method)

describe('Properties of all objects', () => {
  it('are read page by page, and what was made for that is tidied up', async () => {
    await using test = await startServer({
      plays: paged([machine(1) + machine(2), machine(3) + machine(4), machine(5)]),
    })
    await using connection = await openTo(test)
    const progress: number[] = []
    const found = await allBelow(connection, root, paths, {
      pageSize: 2,
      onProgress: (count) => progress.push(count),
    })
    assert.deepEqual(
      found.map(({ ref, properties }) => [
        ref.value,
        properties.get('name'),
        properties.get('config.hardware.numCPU'),
      ]),
      [1, 2, 3, 4, 5].map((id) => [`vm-${id}`, `web-${id}`, id]),
    )
    assert.deepEqual(progress, [2, 4, 5])
    assert.deepEqual(methodsOf(test), [
      'CreateContainerView',
      'RetrievePropertiesEx',
      'ContinueRetrievePropertiesEx',
      'ContinueRetrievePropertiesEx',
      'DestroyView',
    ])
    assert.match(test.heard[3]?.text ?? '', /<options><maxObjects>2<\/maxObjects><\/options>/)
  })

  it('may be none', async () => {
    await using test = await startServer({ plays: { CreateContainerView: view } })
    await using connection = await openTo(test)
    assert.deepEqual(await allBelow(connection, root, paths), [])
  })

  for (const [apiVersion, pathSet] of [
    ['6.0', '<pathSet>name</pathSet>'],
    ['6.5', '<pathSet>name</pathSet><pathSet>config.migrateEncryption</pathSet>'],
  ] as const) {
    it(`are asked for only as far as the server knows them (${apiVersion})`, async () => {
      await using test = await startServer({ plays: { CreateContainerView: view }, apiVersion })
      await using connection = await openTo(test)
      await allBelow(connection, root, { VirtualMachine: ['name', 'config.migrateEncryption'] })
      const { text = '' } = test.heard.find(({ method }) => method === 'RetrievePropertiesEx') ?? {}
      assert.equal(/<pathSet>.*<\/pathSet>/.exec(text)?.[0], pathSet)
    })
  }

  it('that nobody knows are a mistake of the program', async () => {
    await using test = await startServer()
    await using connection = await openTo(test)
    await assert.rejects(
      allBelow(connection, root, { VirtualMachine: ['config.nmae'] }),
      /VirtualMachine has no property config\.nmae/,
    )
  })

  it('are absent where the user may not see them', async () => {
    await using test = await startServer({ plays: paged([machine(1) + lacking(2, 'NoPermission')]) })
    await using connection = await openTo(test)
    const found = await allBelow(connection, root, paths)
    assert.deepEqual(
      found.map(({ properties }) => properties.size),
      [2, 0],
    )
  })

  it('are read anew from the beginning when the session ends between two pages', async () => {
    let ended = false
    const pages = [machine(1), machine(2), machine(3)]
    await using test = await startServer({
      plays: paged(pages, (page) => {
        if (page === 1 && !ended) {
          ended = true
          test.sessions.clear()
          return fault('NotAuthenticated')
        }
        return undefined
      }),
    })
    await using connection = await openTo(test)
    const found = await allBelow(connection, root, paths)
    assert.deepEqual(
      found.map(({ ref }) => ref.value),
      ['vm-1', 'vm-2', 'vm-3'],
    )
  })

  it('are read anew when the token of the next page has gone with the old session', async () => {
    let logins = 0
    await using test = await startServer({
      plays: paged([machine(1), machine(2)], (page) => {
        if (page !== 1 || logins > 0) return undefined
        logins += 1
        // Another call of the same connection has noticed the end of the session, and logged in.
        test.sessions.clear()
        return connection.call('CreateFolder', root, { name: 'a' }).then(() => fault('InvalidArgument'))
      }),
    })
    await using connection = await openTo(test)
    const found = await allBelow(connection, root, paths)
    assert.deepEqual(
      found.map(({ ref }) => ref.value),
      ['vm-1', 'vm-2'],
    )
  })

  it('are read anew when the server only says that each of them is missing without a session', async () => {
    let isFirst = true
    await using test = await startServer({
      plays: {
        CreateContainerView: view,
        RetrievePropertiesEx: ({ method }) => {
          const inside = isFirst ? lacking(1, 'NotAuthenticated') : machine(1)
          isFirst = false
          return answer(method, `<returnval>${inside}</returnval>`)
        },
      },
    })
    await using connection = await openTo(test)
    const found = await allBelow(connection, root, paths)
    assert.deepEqual(
      found.map(({ properties }) => properties.get('name')),
      ['web-1'],
    )
    assert.equal(methodsOf(test).filter((method) => method === 'Login').length, 1)
  })

  it('are given up with the reason, and tidied up all the same', async () => {
    const stop = new AbortController()
    await using test = await startServer({
      plays: {
        ...paged([machine(1), machine(2)]),
        ContinueRetrievePropertiesEx: () => {
          stop.abort(new Error('enough'))
          return undefined
        },
      },
    })
    await using connection = await openTo(test)
    await assert.rejects(allBelow(connection, root, paths, { signal: stop.signal }), /enough/)
    assert.deepEqual(methodsOf(test).slice(-2), ['CancelRetrievePropertiesEx', 'DestroyView'])
  })
})

describe('Properties of some objects', () => {
  const refs = [
    { type: 'VirtualMachine', value: 'vm-1' },
    { type: 'HostSystem', value: 'host-1' },
  ]

  it('are asked for by the type of each, and those without a question are left out', async () => {
    await using test = await startServer({ plays: paged([machine(1)]) })
    await using connection = await openTo(test)
    const found = await propertiesOf(connection, refs, { ...paths, Datastore: ['name'] })
    assert.deepEqual(
      found.map(({ ref }) => ref),
      [refs[0]],
    )
    const { text = '' } = test.heard.at(-1) ?? {}
    assert.match(
      text,
      /<objectSet><obj type="VirtualMachine">vm-1<\/obj><skip>false<\/skip><\/objectSet><reportMissing/,
    )
    assert.doesNotMatch(text, /HostSystem|Datastore/)
  })

  it('are not asked for at all where there is nothing to ask', async () => {
    await using test = await startServer()
    await using connection = await openTo(test)
    assert.deepEqual(await propertiesOf(connection, [], paths), [])
    assert.deepEqual(await propertiesOf(connection, refs, { Datastore: ['name'] }), [])
    assert.deepEqual(methodsOf(test), [])
  })
})
