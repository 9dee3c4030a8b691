/** Stands between a switch and the QEMU that does its NAT, and lets only what the filter passes through to it. */
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Dialled } from './dialled.ts'
import { FrameReader, sendBatch } from './frames.ts'
import { NatFilter, type NatSpec } from './nat-filter.ts'
import type { Served, Serving } from './serving.ts'
import { SwitchSide } from './switch-side.ts'

/** How often this machine is asked for its addresses: they change with cables and VPNs. */
const addressesEveryMs = 10_000
const longestRedialMs = 2000

export async function serveNat(
  spec: NatSpec & { readonly natSocket: string },
  serving: Serving,
): Promise<Served> {
  const { say, count, nowMs } = serving
  const filter = new NatFilter(spec)
  const look = () => filter.setOwnAddresses(ownAddresses())
  look()
  const timer = setInterval(look, addressesEveryMs)
  const wanted = (frame: Buffer) => {
    const verdict = filter.fromGuest(frame, nowMs())
    if (verdict === 'pass') return true
    count('refused')
    if (verdict !== 'quiet') say(verdict.refused)
    return false
  }
  const side = new SwitchSide({
    wanted,
    onFrames: (batch) => count('dropped', sendBatch(nat.stream, batch)),
    say,
  })
  let fromNat = readerOf(filter, nowMs)
  const nat = new Dialled({
    dial: () => connect({ path: spec.natSocket }),
    ready: 'connect',
    longestWaitMs: longestRedialMs,
    onReady: () => {
      fromNat = readerOf(filter, nowMs)
    },
    onData: (chunk) => count('dropped', side.send(fromNat.push(chunk))),
    onLost: (why) => say('QEMU, which does the NAT, is not reached', why),
    random: Math.random,
  })
  await side.listen(serving.socket)
  return {
    close() {
      clearInterval(timer)
      nat.close()
      side.close()
    },
  }
}

function readerOf(filter: NatFilter, nowMs: () => number): FrameReader {
  return new FrameReader((frame) => {
    filter.fromNat(frame, nowMs())
    return true
  })
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
}
