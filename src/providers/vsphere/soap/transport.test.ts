import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Play, startServer, until } from './server.fixture.ts'
import { hello, lost, playing, post, startSilent } from './transport.fixture.ts'
import { shownCertificate, Transport } from './transport.ts'

describe('A connection', () => {
  it('is kept between requests', async () => {
    await using test = await startServer()
    const transport = new Transport(test)
    for (let count = 0; count < 3; count += 1) await transport.post(hello, {})
    transport.close()
    assert.equal(test.heard.length, 3)
    assert.equal(test.connections(), 1)
    await until(() => test.open() === 0)
  })

  it('sends along nothing of what stands before an @ in the address', async () => {
    await using test = await startServer()
    const url = new URL(test.url.href.replace('//', '//root:secret@'))
    await post({ url, fingerprint: test.fingerprint })
    assert.equal(test.heard[0]?.headers.authorization, undefined)
    assert.doesNotMatch(JSON.stringify(test.heard), /secret/)
  })

  it('that nobody takes is told with its reason, and as one that was not used', async () => {
    const gone = await startServer()
    await gone[Symbol.asyncDispose]()
    await assert.rejects(post(gone), lost(/127\.0\.0\.1:\d+ cannot be reached: nothing listens there/, false))
    await assert.rejects(shownCertificate(gone.url), { name: 'Failure', code: 'vsphere-unreachable' })
  })

  it('to something else than TLS is told as that', async () => {
    await using test = await startServer({ isPlain: true })
    const url = new URL(test.url.href.replace('http:', 'https:'))
    await assert.rejects(post({ url }), { code: 'vsphere-unreachable', message: /speaks no TLS/ })
  })

  it('that ends before the answer is told as lost, since the server may have done what it was asked', async () => {
    await using test = await playing((_heard, response) => {
      response.socket?.destroy()
      return undefined
    })
    await assert.rejects(post(test), lost(/connection was lost/, true))
  })

  it('that ends in the midst of the answer is told as lost', async () => {
    await using test = await playing((_heard, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('<half', () => response.socket?.destroy())
      return undefined
    })
    await assert.rejects(post(test), lost(/connection was lost/, true))
  })

  it('that is never made is given up after a while', async () => {
    await using silent = await startSilent()
    const message = /no connection within 0\.05 s/
    await assert.rejects(post({ url: silent.url }, { limits: { connectMs: 50 } }), { message })
    await assert.rejects(shownCertificate(silent.url, undefined, 50), {
      code: 'vsphere-unreachable',
      message,
    })
    await until(() => silent.sockets.every((socket) => socket.closed))
  })

  it('through a proxy whose server is not there is told as lost', async () => {
    await using test = await playing((_heard, response) => {
      response.writeHead(503).end('no healthy upstream')
      return undefined
    })
    await assert.rejects(post(test), lost(/HTTP status 503/, true))
  })

  it('on which nothing comes is given up after a while', async () => {
    await using test = await playing(() => undefined)
    const limits = { silenceMs: 50 }
    await assert.rejects(post(test, { limits }), {
      code: 'vsphere-unreachable',
      message: /nothing came for 0\.05 s/,
    })
    await until(() => test.open() === 0)
  })

  it('on which nothing more comes is given up after a while', async () => {
    await using test = await playing((_heard, response) => {
      response.write('<half')
      return undefined
    })
    await assert.rejects(post(test, { limits: { silenceMs: 50 } }), { message: /nothing came for 0\.05 s/ })
  })

  it('ends when the answer has more bytes than any', async () => {
    await using test = await playing((_heard, response) => {
      const more = () => {
        if (!response.destroyed) response.write('x'.repeat(10_000), more)
      }
      more()
      return undefined
    })
    await assert.rejects(post(test, { limits: { answerBytes: 100_000 } }), {
      code: 'vsphere-answer-unreadable',
      message: /more than 100000 bytes/,
    })
    await until(() => test.open() === 0)
  })
})

describe('Giving up', () => {
  const reason = new Error('enough')
  /** No limit of ours ends the attempt before the test does. */
  const patient = { connectMs: 2 ** 31 - 1 }

  it('before anything began opens no connection', async () => {
    await using test = await startServer()
    await assert.rejects(post(test, { signal: AbortSignal.abort(reason) }), reason)
    assert.equal(test.connections(), 0)
  })

  it('while the connection is made leaves none behind', async () => {
    await using silent = await startSilent()
    const stop = new AbortController()
    const transport = new Transport({ url: silent.url }, patient)
    const posted = transport.post(hello, {}, stop.signal)
    await until(() => silent.sockets.length === 1)
    stop.abort(reason)
    await assert.rejects(posted, reason)
    // The transport is still open, and has nothing to do with it any more.
    await until(() => silent.sockets.every((socket) => socket.closed))
    transport.close()
  })

  it('of the whole transport ends the connections that are being made', async () => {
    await using silent = await startSilent()
    const transport = new Transport({ url: silent.url }, patient)
    const posted = transport.post(hello, {})
    await until(() => silent.sockets.length === 1)
    transport.close()
    await assert.rejects(posted, { code: 'vsphere-unreachable' })
    await until(() => silent.sockets.every((socket) => socket.closed))
  })

  it('to look at a certificate leaves no connection behind', async () => {
    await using silent = await startSilent()
    const stop = new AbortController()
    const shown = shownCertificate(silent.url, stop.signal, patient.connectMs)
    await until(() => silent.sockets.length === 1)
    stop.abort(reason)
    await assert.rejects(shown, reason)
    await until(() => silent.sockets.every((socket) => socket.closed))
  })

  for (const [when, begin] of [
    ['while the server thinks', () => undefined],
    [
      'in the midst of the answer',
      (_heard, response) => {
        response.write('<half')
        return undefined
      },
    ],
  ] as const satisfies readonly (readonly [string, Play])[]) {
    it(`${when} ends the connection`, async () => {
      await using test = await playing(begin)
      const stop = new AbortController()
      const posted = assert.rejects(post(test, { signal: stop.signal }), reason)
      await until(() => test.heard.length === 1)
      stop.abort(reason)
      await posted
      await until(() => test.open() === 0)
    })
  }
})
