/** Logging in to a registry that others wrote: user and password, tokens, certificates; and to whom none of it is shown. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import {
  type AskCredentials,
  inspectReference,
  packBlueprint,
  pullBlueprint,
  pushBlueprint,
} from '#blueprints'
import { lab, labFolder } from './lab.ts'
import { lackingRegistry, startRegistry } from './registry.ts'
import { startRelay } from './relay.ts'

const skip = lackingRegistry()
const maxBytes = 2 ** 40
const user = 'trainer'
const password = 'secret-of-the-test'

function asking(right = password) {
  const asked: string[] = []
  const credentials: AskCredentials = async (registry) => {
    asked.push(registry)
    return { user, password: right }
  }
  return { asked, credentials }
}

async function refused(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.ok(!JSON.stringify([error.message, error.stack, error.cause]).includes('secret'))
    return 'code' in error && error.code === 'registry-login'
  })
}

test('user and password are asked for once, when the registry wants them', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.'), user, password })
  await packBlueprint(lab(1000), at('lab'), { form: 'file' })
  const reference = `${registry.host}/labs/shared`
  await refused(pushBlueprint(at('lab'), reference))
  await refused(pushBlueprint(at('lab'), reference, asking('secret-but-wrong')))
  const { asked, credentials } = asking()
  await pushBlueprint(at('lab'), reference, { credentials })
  assert.deepEqual(asked, [registry.host])
  await pullBlueprint(reference, at('pulled'), { form: 'file', maxBytes, ...asking() })
  assert.ok((await readFile(at('pulled'))).equals(await readFile(at('lab'))))
})

/** Gives tokens to the one user, as the specification of distribution's token server says. */
async function tokenServer(t: TestContext, jwks: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(
    jwks,
    JSON.stringify({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'ES256' }],
    }),
  )
  const scopes: string[] = []
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    if (request.headers.authorization !== expected) return response.writeHead(401).end()
    const scope = searchParams.get('scope') ?? ''
    scopes.push(scope)
    const [type, name, actions = ''] = scope.split(':')
    const nowS = Math.floor(Date.now() / 1000)
    const claims = {
      iss: 'issuer',
      aud: searchParams.get('service'),
      sub: user,
      iat: nowS,
      nbf: nowS - 5,
      exp: nowS + 60,
      jti: 'x',
      access: [{ type, name, actions: actions.split(',') }],
    }
    const parts = [{ alg: 'ES256', typ: 'JWT', kid: 'test' }, claims].map((one) =>
      Buffer.from(JSON.stringify(one)).toString('base64url'),
    )
    const signature = sign('sha256', Buffer.from(parts.join('.')), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    return response.end(JSON.stringify({ token: [...parts, signature.toString('base64url')].join('.') }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  return { realm: `http://127.0.0.1:${address.port}/token`, scopes }
}

test('a token server is shown the password, and the registry only the token', { skip }, async (t) => {
  const at = await labFolder(t)
  const jwks = at('jwks.json')
  const { realm, scopes } = await tokenServer(t, jwks)
  await using registry = await startRegistry({
    folder: at('.'),
    token: { realm, service: 'service', issuer: 'issuer', jwks },
  })
  const relay = await startRelay(t, registry.host, {})
  await packBlueprint(lab(1000), at('lab'), { form: 'file' })
  const reference = `${relay.host}/labs/shared`
  await refused(pushBlueprint(at('lab'), reference))
  await refused(pushBlueprint(at('lab'), reference, asking('secret-but-wrong')))
  await pushBlueprint(at('lab'), reference, asking())
  await pullBlueprint(reference, at('pulled'), { form: 'file', maxBytes, ...asking() })
  assert.ok(scopes.length > 0)
  // The registry names the actions in any order.
  for (const scope of scopes) assert.match(scope, /^repository:labs\/shared:(pull|push,pull|pull,push)$/)
  const shown = relay.seen.map(({ headers }) => headers.authorization ?? 'Bearer')
  assert.ok(shown.every((header) => header.startsWith('Bearer')))
})

test('whoever the registry sends us to is not shown who we are', { skip }, async (t) => {
  const at = await labFolder(t)
  await using registry = await startRegistry({ folder: at('.'), user, password })
  await packBlueprint(lab(1000), at('lab'), { form: 'file' })
  await pushBlueprint(at('lab'), `${registry.host}/labs/shared`, asking())
  // Storage elsewhere, which wants no login: it fetches from the registry itself.
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const storage = await startRelay(t, registry.host, {
    answer: ({ path }, response) => {
      void fetch(`http://${registry.host}${path}`, { headers: { authorization } })
        .then((answer) => answer.arrayBuffer())
        .then((body) => response.end(Buffer.from(body)))
      return true
    },
  })
  const front = await startRelay(t, registry.host, {
    answer: ({ path, method }, response) => {
      if (method !== 'GET' || !path.includes('/blobs/')) return false
      response.writeHead(307, { location: `http://${storage.host}${path}` }).end()
      return true
    },
  })
  await pullBlueprint(`${front.host}/labs/shared`, at('pulled'), { form: 'file', maxBytes, ...asking() })
  assert.ok((await readFile(at('pulled'))).equals(await readFile(at('lab'))))
  assert.ok(front.seen.some(({ headers }) => headers.authorization === authorization))
  assert.ok(storage.seen.length > 0)
  assert.deepEqual(
    storage.seen.filter(({ headers }) => headers.authorization !== undefined),
    [],
  )
})

test('redirects in circles end', { skip }, async (t) => {
  const front = await startRelay(t, '127.0.0.1:9', {
    answer: ({ path }, response) => {
      response.writeHead(302, { location: path }).end()
      return true
    },
  })
  await assert.rejects(inspectReference(`${front.host}/labs/shared`), {
    code: 'registry-refused',
    message: /circles/,
  })
  assert.equal(front.seen.length, 6)
})

test('with HTTPS the certificate must be vouched for, and nothing leads from it to HTTP', {
  skip,
}, async (t) => {
  const at = await labFolder(t)
  const subject = ['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject, ...files],
    { stdio: 'ignore' },
  )
  await using registry = await startRegistry({
    folder: at('.'),
    user,
    password,
    certificate: at('cert.pem'),
    key: at('key.pem'),
  })
  await packBlueprint(lab(1000), at('lab'), { form: 'file' })
  const reference = `${registry.host}/labs/shared`
  const { asked, credentials } = asking()
  const untrusted = pushBlueprint(at('lab'), reference, { plainHttp: false, credentials })
  await assert.rejects(untrusted, { code: 'registry-unreachable', message: /certificate/ })
  assert.deepEqual(asked, [])
  const ca = await readFile(at('cert.pem'), 'utf8')
  await pushBlueprint(at('lab'), reference, { plainHttp: false, ca, credentials })
  await pullBlueprint(reference, at('pulled'), {
    form: 'folder',
    maxBytes,
    plainHttp: false,
    ca,
    credentials,
  })
})
