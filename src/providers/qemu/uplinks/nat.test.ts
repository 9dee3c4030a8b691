/** NAT with the real QEMU behind the real filter; the test is the guest, frame by frame. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { after, before, test } from 'node:test'
import type { NatUplink } from '#lab'
import { arpReply, arpRequest, octets, packet } from './packets.fixture.ts'
import { type Home, openHome, SwitchEnd, switchWith, until } from './uplinks.fixture.ts'

const guest = '10.0.10.7'
const gateway = '10.0.10.1'
/** Something on this machine that nobody but this machine is meant to reach. */
const service = createServer((socket) => socket.end('secret'))
let home: Home
let end: SwitchEnd
let nat: NatUplink

before(async () => {
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  home = await openHome()
  nat = natTo(await freePort())
  await home.apply(switchWith(nat))
  end = await SwitchEnd.dial(home.pathsOf(nat).socket)
})

after(async () => {
  end?.close()
  service.close()
  await home?.close()
})

function natTo(hostPort: number): NatUplink {
  const forwards = [
    { protocol: 'tcp', hostIp: '127.0.0.1', hostPort, guestIp: guest, guestPort: 80 } as const,
  ]
  return { kind: 'nat', gateway: { ip: gateway, prefixLength: 24 }, forwards }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const isArp = (frame: Buffer, operation: number) =>
  frame.readUInt16BE(12) === 0x0806 && frame.readUInt16BE(20) === operation

/** Asks until the NAT, which may be starting still, answers for the address. */
async function asksFor(ip: string): Promise<void> {
  const answered = () =>
    end.received.some((frame) => isArp(frame, 2) && frame.subarray(28, 32).equals(octets(ip)))
  await until(`${ip} answers`, () => {
    end.send(arpRequest(guest, ip))
    return answered()
  })
}

const logText = () => readFileSync(home.pathsOf(nat).log, 'utf8')

test('guests find the gateway and the name server', async () => {
  await asksFor(gateway)
  await asksFor('10.0.10.254')
})

test('a port of this machine leads to the guest’s port', async () => {
  await asksFor(gateway)
  const caller = connect({ host: '127.0.0.1', port: nat.forwards[0]?.hostPort ?? 0 })
  caller.on('error', () => undefined)
  await until('the guest sees the connection', () => {
    for (const frame of end.received.filter((one) => isArp(one, 1))) end.send(arpReply(frame))
    return end.received.some(
      (frame) =>
        frame.readUInt16BE(12) === 0x0800 &&
        frame.readUInt8(23) === 6 &&
        frame.readUInt16BE(36) === 80 &&
        frame.readUInt8(47) === 0x02,
    )
  })
  caller.destroy()
})

test('guests reach no service of this machine by any address, and the log says who tried', async () => {
  await asksFor(gateway)
  let visitors = 0
  service.on('connection', () => {
    visitors += 1
  })
  const { port } = service.address() as AddressInfo
  for (const to of [gateway, '10.0.10.99', '10.0.10.254', '127.0.0.1', '0.0.0.0', '255.255.255.255']) {
    end.send(packet({ from: guest, to, tcp: { port, flags: 0x02 } }))
  }
  end.send(packet({ from: guest, to: gateway, protocol: 1 }))
  const echoed = (frame: Buffer) => frame.readUInt16BE(12) === 0x0800 && frame.readUInt8(23) === 1
  // Frames are taken in order, so whoever answers the last one has judged the others.
  await until('what came after them was answered', () => {
    end.send(echoRequest())
    return end.received.some(echoed)
  })
  assert.equal(visitors, 0)
  assert.match(logText(), new RegExp(`10\\.0\\.10\\.7 may not reach 10\\.0\\.10\\.1:${port}`))
})

function echoRequest(): Buffer {
  const frame = packet({ from: guest, to: gateway, protocol: 1 })
  // Type 8, code 0, its checksum, id and number 0 (RFC 792).
  Buffer.from([8, 0, 0xf7, 0xff, 0, 0, 0, 0]).copy(frame, 34)
  return frame
}

test('a lost process is noticed, and put again; what is right is left alone', async () => {
  const wanted = switchWith(nat)
  const paths = home.pathsOf(nat)
  const pidOf = (file: string) => Number(readFileSync(file, 'utf8'))
  const before = [pidOf(paths.pid), pidOf(paths.qemuPid)]
  assert.equal(await home.broken(wanted), false)
  await home.apply(wanted)
  assert.deepEqual([pidOf(paths.pid), pidOf(paths.qemuPid)], before)
  for (const pid of before) {
    process.kill(pid, 'SIGKILL')
    await until('it is missed', () => home.broken(wanted))
    await home.apply(wanted)
    assert.equal(await home.broken(wanted), false)
  }
  end.close()
  end = await SwitchEnd.dial(paths.socket)
  await asksFor(gateway)
})

test('a port that is taken is named, and nothing of the uplink runs on', async () => {
  const { port } = service.address() as AddressInfo
  const wanted = switchWith(nat, { ...natTo(port), vlan: { mode: 'access', id: 7 } })
  await assert.rejects(home.apply(wanted), {
    code: 'uplink-port-taken',
    message: new RegExp(`Port ${port}/tcp`),
  })
})

test('nothing is left of what no switch wants any more', async () => {
  const { pid, qemuPid, state, socket } = home.pathsOf(nat)
  const pids = [pid, qemuPid].map((file) => Number(readFileSync(file, 'utf8')))
  await home.apply(switchWith())
  for (const one of pids) assert.equal(existsSync(`/proc/${one}/exe`), false)
  for (const path of [state, socket]) assert.equal(existsSync(path), false)
})
