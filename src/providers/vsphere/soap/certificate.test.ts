import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import tls from 'node:tls'
import { makeCertificate } from './certificate.fixture.ts'
import { startServer, until } from './server.fixture.ts'
import { hello, post } from './transport.fixture.ts'
import { LostConnection, shownCertificate, Transport } from './transport.ts'

describe('A pinned certificate', () => {
  it('lets the server through that shows it, however it is written', async () => {
    await using test = await startServer()
    assert.equal((await post(test)).status, 200)
    assert.equal((await post({ url: test.url, fingerprint: test.fingerprint.toLowerCase() })).status, 200)
  })

  it('that has changed stops everything before a byte is sent', async () => {
    await using test = await startServer()
    const { fingerprint } = makeCertificate()
    await assert.rejects(post({ url: test.url, fingerprint }), {
      code: 'vsphere-certificate-changed',
      message: new RegExp(`shows another certificate .*${test.fingerprint}, not ${fingerprint}`),
    })
    assert.equal(test.connections(), 1)
    await until(() => test.open() === 0)
    assert.deepEqual(test.heard, [])
  })

  it('is wanted of each connection, and not only of the first', async () => {
    const test = await startServer()
    const transport = new Transport(test)
    await transport.post(hello, {})
    await test[Symbol.asyncDispose]()
    await using other = await startServer({ port: Number(test.url.port) })
    // The old connection may be tried before it is known to have ended.
    const again = async () => {
      for (;;)
        await transport.post(hello, {}).catch((error) => assert.ok(error instanceof LostConnection, error))
    }
    await assert.rejects(again, { message: /vsphere-certificate-changed|shows another certificate/ })
    transport.close()
    assert.deepEqual(other.heard, [])
  })

  it('is not needed where an authority vouches for that of the server', async () => {
    const certificate = makeCertificate()
    await using test = await startServer({ certificate })
    const before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, certificate.cert])
    try {
      assert.equal((await post({ url: test.url })).status, 200)
      assert.equal((await shownCertificate(test.url)).isVouched, true)
    } finally {
      tls.setDefaultCACertificates(before)
    }
  })
})

describe('Without a pin', () => {
  it('a certificate that nobody vouches for stops everything before a byte is sent', async () => {
    await using test = await startServer()
    await assert.rejects(post({ url: test.url }), {
      code: 'vsphere-certificate-unknown',
      message: new RegExp(`nobody vouches for: ${test.fingerprint}`),
    })
    await until(() => test.open() === 0)
    assert.deepEqual(test.heard, [])
  })

  it('a certificate is shown, and nothing is sent', async () => {
    await using test = await startServer()
    const { fingerprint } = test
    assert.deepEqual(await shownCertificate(test.url), { fingerprint, isVouched: false, isOldTls: false })
    await until(() => test.open() === 0)
    assert.deepEqual(test.heard, [])
  })

  it('passwords are sent to this machine itself only', () => {
    for (const url of ['http://vcenter.lab/sdk', 'http://127.0.0.1.lab/sdk', 'ftp://127.0.0.1/sdk'])
      assert.throws(() => new Transport({ url: new URL(url) }), { code: 'vsphere-unreachable' }, url)
    for (const url of ['http://127.0.0.1:1/sdk', 'http://localhost/sdk', 'http://[::1]/sdk'])
      new Transport({ url: new URL(url) }).close()
  })
})

describe('A server that knows only old TLS', () => {
  const old = { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } } as const

  it('is told apart from one that cannot be reached', async () => {
    await using test = await startServer(old)
    await assert.rejects(post(test), { code: 'vsphere-unreachable', message: /only TLS older than 1\.2/ })
    assert.equal((await shownCertificate(test.url)).isOldTls, true)
  })

  it('is spoken to where that was allowed and its certificate is pinned', async () => {
    await using test = await startServer(old)
    const { url, fingerprint } = test
    assert.equal((await post({ url, fingerprint, allowsOldTls: true })).status, 200)
    await assert.rejects(post({ url, allowsOldTls: true }), { code: 'vsphere-unreachable' })
  })
})
