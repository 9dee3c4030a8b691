/** The strict simulator and vcsim, held to the same cases; where one of them differs from a real server is a list. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { type ApiCase, apiCases, type CaseServer, differences, type ServerKind } from './api-cases.ts'
import { startStrict } from './strict-bench.ts'
import { placeOn } from './strict-place.ts'
import { Raw, type RawServer, rawTask } from './strict-raw.ts'
import { lackingGo, startVcsim } from './vcsim.ts'

type Name = 'vcsim' | 'strict'

const apiVersion = '6.7'

async function started(name: Name, kind: ServerKind) {
  if (name === 'strict') return startStrict({ kind, apiVersion })
  const esx = kind === 'esxi'
  const inventory = { machinesPerPool: 0, ...(!esx && { standaloneHosts: 0, hostsPerCluster: 2 }) }
  const vcsim = await startVcsim({ esx, tls: false, apiVersion, inventory })
  return { ...vcsim, kind }
}

async function serverFor(
  t: TestContext,
  { name, kind }: { name: Name; kind: ServerKind },
): Promise<CaseServer> {
  const server: RawServer & AsyncDisposable = await started(name, kind)
  const { url, user, password } = server
  const connection = await Connection.open({
    server: { url },
    credentials: { user, password: async () => password },
  })
  t.after(async () => {
    await connection.close()
    await server[Symbol.asyncDispose]()
  })
  const raw = await Raw.open(server, apiVersion)
  return {
    connection,
    place: await placeOn(connection),
    raw: (element) => raw.call(element),
    outcome: (answer) => rawTask(raw, answer),
  }
}

function reasonOf(name: Name, { name: sentence }: ApiCase): string | undefined {
  return differences.find(({ server, cases }) => server === name && cases.includes(sentence))?.reason
}

for (const name of ['strict', 'vcsim'] as const) {
  const skip = name === 'vcsim' ? lackingGo() : undefined
  for (const kind of ['vcenter', 'esxi'] as const) {
    describe(`${name} as ${kind}`, { ...(skip !== undefined && { skip }) }, () => {
      for (const one of apiCases) {
        if (one.only !== undefined && one.only !== kind) continue
        const reason = reasonOf(name, one)
        const title = reason === undefined ? one.name : `not so: ${one.name} (${reason})`
        test(title, async (t) => {
          const proven = one.prove(await serverFor(t, { name, kind }))
          if (reason === undefined) await proven
          else await assert.rejects(() => proven, 'this difference is gone; take it out of the list')
        })
      }
    })
  }
}

test('every difference is about a case that there is', () => {
  const names = apiCases.map(({ name }) => name)
  const strange = differences.flatMap(({ cases }) => cases.filter((one) => !names.includes(one)))
  assert.deepEqual(strange, [])
})
