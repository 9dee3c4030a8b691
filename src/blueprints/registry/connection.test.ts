import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { readReference } from '../reference.ts'
import { Connection, isThisMachine, type RegistryAccess } from './connection.ts'
import { Login } from './login.ts'

function connection(text: string, access: RegistryAccess = {}): Connection {
  const reference = readReference(text)
  assert.ok(reference.kind === 'registry')
  return new Connection(reference, access, 'pull')
}

const answer = (headers: Record<string, string>) =>
  ({ headers, resume: () => undefined }) as unknown as IncomingMessage

test('only this machine, and whom one asks for, is spoken to without TLS', () => {
  const scheme = (text: string, plainHttp?: boolean) =>
    connection(`${text}/labs/x`, plainHttp === undefined ? {} : { plainHttp }).url('tags/list').protocol
  for (const host of ['127.0.0.1:5000', 'localhost:5000', 'localhost', '127.1.2.3', '[::1]:5000']) {
    assert.equal(scheme(host), 'http:', host)
    assert.equal(scheme(host, false), 'https:', host)
  }
  for (const host of [
    'ghcr.io',
    '10.0.0.1:5000',
    'localhost.example.org',
    '127.0.0.1.example.org',
    '[::2]:5000',
  ]) {
    assert.equal(scheme(host), 'https:', host)
    assert.equal(scheme(host, true), 'http:', host)
  }
  assert.ok(!isThisMachine('xlocalhost') && !isThisMachine('127.0.0.1@example.org'))
})

test('nothing leads from HTTPS to HTTP, and from this machine to none far away without it', () => {
  const unsafe = { code: 'registry-unsafe' }
  const next = (from: Connection, location: string) =>
    from.next(answer({ location }), from.url('blobs/uploads/'))
  const secure = connection('ghcr.io/labs/x')
  assert.equal(next(secure, '/v2/y').href, 'https://ghcr.io/v2/y')
  assert.equal(next(secure, 'https://storage.example.org/y').host, 'storage.example.org')
  for (const location of ['http://ghcr.io/y', 'http://127.0.0.1/y', 'file:///etc/passwd', 'ftp://ghcr.io/']) {
    assert.throws(() => next(secure, location), unsafe, location)
  }
  const local = connection('127.0.0.1:5000/labs/x')
  assert.equal(next(local, 'http://localhost:9/y').host, 'localhost:9')
  assert.throws(() => next(local, 'http://169.254.169.254/y'), unsafe)
  assert.equal(
    next(connection('lan.example.org/x', { plainHttp: true }), 'http://10.0.0.1/y').host,
    '10.0.0.1',
  )
  assert.throws(() => next(secure, 'http://['), { code: 'registry-refused' })
  assert.throws(() => secure.next(answer({}), secure.url('x')), { code: 'registry-refused' })
})

test('a password is not shown to a token server without TLS', async () => {
  let asked = 0
  const credentials = async () => {
    asked++
    return { user: 'u', password: 'p' }
  }
  const login = new Login({ registry: 'ghcr.io', credentials, mayBePlain: () => false })
  const refused = (header: string) => login.answer(answer({ 'www-authenticate': header }), 'scope')
  for (const realm of ['http://ghcr.io/token', 'nowhere', '']) {
    await assert.rejects(refused(`Bearer realm="${realm}"`), { code: 'registry-unsafe' }, realm)
  }
  await assert.rejects(refused('Negotiate'), { code: 'registry-login' })
  await assert.rejects(login.answer(answer({}), 'scope'), { code: 'registry-login' })
  assert.equal(asked, 0)
  assert.equal(login.header, undefined)
})
