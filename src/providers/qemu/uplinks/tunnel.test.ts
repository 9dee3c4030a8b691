/** Two homes on one machine, each with the real processes of one end of a tunnel; and those who must stay outside. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, before, test } from 'node:test'
import { type ConnectionOptions, connect as connectTls, createServer as createTlsServer } from 'node:tls'
import type { TunnelUplink } from '#lab'
import { makePrivateFolder } from '#store'
import { dialTunnel, parseTunnelKey, tunnelKeyLine } from './tunnel-tls.ts'
import { type Home, openHome, SwitchEnd, switchWith, until } from './uplinks.fixture.ts'

const name = 'campus'
const key = Buffer.alloc(32, 7)
let listening: Home
let dialling: Home
let ends: readonly [SwitchEnd, SwitchEnd]
let listen: TunnelUplink
let dial: TunnelUplink

before(async () => {
  const port = await freePort()
  listen = { kind: 'tunnel', name, listen: { ip: '127.0.0.1', port } }
  dial = { kind: 'tunnel', name, dial: { host: '127.0.0.1', port } }
  ;[listening, dialling] = await Promise.all([openHome(), openHome()])
  await giveKey(listening, tunnelKeyLine(name, key))
  await giveKey(dialling, tunnelKeyLine(name, key))
  await Promise.all([listening.apply(switchWith(listen)), dialling.apply(switchWith(dial))])
  ends = await dialBoth()
})

after(async () => {
  for (const end of ends ?? []) end.close()
  await Promise.all([listening?.close(), dialling?.close()])
})

async function dialBoth(): Promise<readonly [SwitchEnd, SwitchEnd]> {
  return [
    await SwitchEnd.dial(listening.pathsOf(listen).socket),
    await SwitchEnd.dial(dialling.pathsOf(dial).socket),
  ]
}

async function giveKey(home: Home, text: string): Promise<void> {
  await makePrivateFolder(home.site.tunnelKeys)
  await writeFile(home.site.tunnelKey(name), text, { mode: 0o600 })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const frame = (mark: number, bytes = 60): Buffer => Buffer.alloc(bytes, mark)

/** Frames may be lost while a tunnel is built, so they are sent until one has come. */
async function crosses(from: SwitchEnd, to: SwitchEnd, wanted: Buffer): Promise<void> {
  await until('a frame has crossed', () => {
    from.send(wanted)
    return to.received.some((one) => one.equals(wanted))
  })
}

const log = (home: Home, uplink: TunnelUplink) => readFileSync(home.pathsOf(uplink).log, 'utf8')
const port = () => listen.listen?.port ?? 0

test('frames of every length cross in both directions, whole and in order', async () => {
  const [left, right] = ends
  await crosses(left, right, frame(1))
  await crosses(right, left, frame(2))
  const many = Array.from({ length: 300 }, (_, at) => {
    const one = frame(3, 60 + (at % 9) * 1100)
    one.writeUInt32BE(at, 14)
    return one
  })
  for (const one of many) left.send(one)
  const arrived = () => right.received.filter((one) => one[0] === 3)
  await until('all have crossed', () => arrived().length >= many.length)
  assert.deepEqual(Buffer.concat(arrived()), Buffer.concat(many))
})

/** Ends when the other side ends it; says whether it ever got in. */
async function knocks(options: ConnectionOptions, use: string): Promise<boolean> {
  const socket = connectTls({ host: '127.0.0.1', port: port(), servername: '', ca: [], ...options })
  let inside = false
  socket.once('secureConnect', () => {
    inside = true
    socket.write(use)
  })
  socket.on('error', () => socket.destroy())
  socket.resume()
  await closed(socket)
  return inside
}

/** Unlike `once`, it does not take an error for the end. */
function closed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

const tls13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const
const tls12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'PSK-AES128-GCM-SHA256' } as const
const known = (psk: Buffer, identity: string) => ({ pskCallback: () => ({ psk, identity }) })

test('who has another key, another tunnel’s name, an older TLS or none does not get in', async () => {
  const strangers: ConnectionOptions[] = [
    { ...tls13, ...known(Buffer.alloc(32, 8), `nestlab-tunnel ${name}`) },
    { ...tls13, ...known(key, 'nestlab-tunnel other') },
    { ...tls12, ...known(key, `nestlab-tunnel ${name}`) },
    { ...tls13 },
  ]
  for (const stranger of strangers) assert.equal(await knocks(stranger, 'x'), false, JSON.stringify(stranger))
  for (const garbage of [Buffer.alloc(2000, 0xff), frame(9), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
    const socket = connect({ host: '127.0.0.1', port: port() })
    socket.on('error', () => socket.destroy())
    socket.end(garbage)
    socket.resume()
    await closed(socket)
  }
  await until('the log tells of them', () => log(listening, listen).includes('was refused'))
  assert.ok(!ends.some((end) => end.received.some((one) => one[0] === 9)))
  await crosses(ends[0], ends[1], frame(10))
})

test('a listener with a certificate but without the key is not taken for the other end', async (t) => {
  const folder = listening.site.tunnelKeys
  const [keyFile, certFile] = [join(folder, 'x.pem'), join(folder, 'x.crt')]
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', [...make, '-keyout', keyFile, '-out', certFile, '-subj', '/CN=x', '-days', '1'], {
    stdio: 'ignore',
  })
  const impostor = createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) })
  t.after(() => impostor.close())
  impostor.on('tlsClientError', () => undefined)
  impostor.listen(0, '127.0.0.1')
  await once(impostor, 'listening')
  const { port: at } = impostor.address() as AddressInfo
  const secret = { name, keyFile: dialling.site.tunnelKey(name) }
  const socket = dialTunnel(secret, { host: '127.0.0.1', port: at })
  let inside = false
  let why = ''
  socket.once('secureConnect', () => {
    inside = socket.writable
  })
  socket.once('error', (error) => {
    why = error.message
  })
  await closed(socket)
  assert.equal(inside, false)
  assert.match(why, /certificate/)
})

test('an end that was killed comes back, and frames cross again', async () => {
  for (const [home, uplink] of [
    [dialling, dial],
    [listening, listen],
  ] as const) {
    process.kill(Number(readFileSync(home.pathsOf(uplink).pid, 'utf8')), 'SIGKILL')
    await until('it is missed', () => home.broken(switchWith(uplink)))
    await home.apply(switchWith(uplink))
    for (const end of ends) end.close()
    ends = await dialBoth()
    await crosses(ends[0], ends[1], frame(20))
    await crosses(ends[1], ends[0], frame(21))
  }
})

test('a new key takes effect at once for whoever connects, without a restart', async () => {
  const other = tunnelKeyLine(name, Buffer.alloc(32, 9))
  await giveKey(listening, other)
  assert.equal(await knocks({ ...tls13, ...known(key, `nestlab-tunnel ${name}`) }, ''), false)
  await giveKey(listening, tunnelKeyLine(name, key))
})

test('the key is in no command line, no log and no configuration', () => {
  for (const [home, uplink] of [
    [dialling, dial],
    [listening, listen],
  ] as const) {
    const paths = home.pathsOf(uplink)
    const pid = readFileSync(paths.pid, 'utf8').trim()
    for (const file of [
      paths.log,
      paths.config,
      paths.record,
      `/proc/${pid}/cmdline`,
      `/proc/${pid}/environ`,
    ]) {
      assert.ok(!readFileSync(file, 'utf8').includes(key.toString('base64url')), file)
    }
  }
})

test('an address and port that cannot be listened on are named', async (t) => {
  const home = await openHome()
  t.after(() => home.close())
  await giveKey(home, tunnelKeyLine(name, key))
  for (const ip of ['127.0.0.1', '198.51.100.1']) {
    const message = new RegExp(`Port ${port()}/tcp of ${ip.replaceAll('.', '\\.')}`)
    const taken = { kind: 'tunnel', name, listen: { ip, port: port() } } as const
    await assert.rejects(home.apply(switchWith(taken)), { code: 'uplink-port-taken', message })
  }
})

test('without a key the uplink is refused by name before anything runs', async (t) => {
  const home = await openHome()
  t.after(() => home.close())
  const why = await home.uplinks.lacking(switchWith(dial), home.signal)
  assert.equal(why?.code, 'tunnel-key-missing')
  await assert.rejects(home.apply(switchWith(dial)), { code: 'tunnel-key-missing' })
  assert.equal(existsSync(home.level.uplinks), false)
})

test('a key is read only whole, and under its own name', () => {
  const line = tunnelKeyLine(name, key)
  assert.deepEqual(parseTunnelKey(line, name), key)
  for (const wrong of [
    '',
    line.slice(0, -3),
    `${line.trim()} more`,
    line.replace('-1 ', '-2 '),
    line.toUpperCase(),
  ]) {
    assert.equal(parseTunnelKey(wrong, name), undefined, wrong)
  }
  assert.equal(parseTunnelKey(line, 'other'), undefined)
})
