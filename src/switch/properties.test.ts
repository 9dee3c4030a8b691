/** What holds for every switch and every frame, tried on more than a million of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decision, decide } from './decide.ts'
import { readHeader, retagged } from './frame.ts'
import { LearnedMacs } from './learned.ts'
import { type RandomSwitch, randomFrame, randomSwitch } from './random-switch.fixture.ts'
import { type CompiledPort, compileSwitch, type SwitchState } from './state.ts'

const firstSeed = Number(process.env.NESTLAB_SEED ?? 1)
const switches = process.env.NESTLAB_SEED === undefined ? 5000 : 1
const framesPerSwitch = 210

interface Sent {
  readonly state: SwitchState
  readonly from: CompiledPort
  readonly frame: Uint8Array
  readonly learned: LearnedMacs
}

/** The first thing wrong with a decision. */
function wrongWith(sent: Sent, { vlan, deliveries, drops, lesson }: Decision): string | undefined {
  const { state, from } = sent
  const seen = new Set<number>()
  for (const { port } of deliveries) {
    if (seen.has(port)) return `port ${port} gets it twice`
    seen.add(port)
    const to = state.ports[port]
    if (!to) return `there is no port ${port}`
    if (to === from) return 'it goes back where it came from'
    if (to.blocked) return `port ${port} is blocked`
    if (to.carries[vlan] !== 1) return `port ${port} is not in VLAN ${vlan}`
    if (to.uplink && from.uplink) return 'it goes from uplink to uplink'
  }
  if (deliveries.length === 0 && drops.length === 0) return 'nobody gets it and nobody says why'
  if (deliveries.length > 0 && from.blocked) return 'a blocked port sends'
  if (lesson && lesson.port !== from.index) return 'it teaches about another port'
  return undefined
}

/** Tags as the receiving port wants them. */
function wrongTag({ state, frame }: Sent, { vlan, deliveries }: Decision): string | undefined {
  for (const { port, tag } of deliveries) {
    const out = readHeader(retagged(frame, tag, vlan))
    const native = state.ports[port]?.nativeVlan
    if (!out) return `port ${port} gets a runt`
    if (native === undefined && vlan !== 0 && out.vid !== vlan)
      return `port ${port} gets VID ${out.vid}, not ${vlan}`
    const sent = readHeader(frame)
    const untagged = native !== undefined || vlan === 0
    const shorter = sent?.tagging === 'untagged' ? 0 : 4
    if (untagged && retagged(frame, tag, vlan).length !== frame.length - shorter)
      return `port ${port} gets a tag`
  }
  return undefined
}

function wrongTable({ state, learned }: Sent): string | undefined {
  const over = state.ports.find(
    ({ index, learning }) =>
      learned.countAt(index) > (learning?.by === 'switch' ? learning.limit : 0) ||
      learned.filterCountAt(index) > (learning?.by === 'dvfilter' ? learning.limit : 0),
  )
  return over && `port ${over.index} has learned more than it may`
}

function tryOut(random: RandomSwitch, judge: (sent: Sent, decision: Decision) => string | undefined) {
  const state = compileSwitch(random.spec, random.ports)
  const learned = new LearnedMacs()
  for (let at = 0; at < framesPerSwitch; at += 1) {
    const from = state.ports[Math.floor(random.random() * state.ports.length)]
    if (!from) return 'no port'
    const frame = randomFrame(random)
    const decision = decide(state, from.index, frame, learned)
    const wrong = judge({ state, from, frame, learned }, decision)
    if (wrong !== undefined)
      return `frame ${at} of ${from.id}, ${Buffer.from(frame).toString('hex')}: ${wrong}`
    if (decision.lesson) learned.take(decision.lesson, at)
  }
  return undefined
}

function tryAll(count: number, judge: (sent: Sent, decision: Decision) => string | undefined): void {
  for (let seed = firstSeed; seed < firstSeed + Math.min(count, switches); seed += 1) {
    const wrong = tryOut(randomSwitch(seed), judge)
    if (wrong !== undefined) assert.fail(`NESTLAB_SEED=${seed}: ${wrong}`)
  }
}

test('no port gets a frame twice, back, while blocked, from another VLAN or, on uplinks, from an uplink', () => {
  tryAll(switches, (sent, decision) => wrongWith(sent, decision) ?? wrongTable(sent))
})

test('every port gets the tag it wants, and nobody gets one too many', () => {
  tryAll(500, wrongTag)
})

test('the same frame on the same switch comes to the same, and changes nothing by itself', () => {
  tryAll(150, ({ state, from, frame, learned }, decision) => {
    const before = JSON.stringify([learned.list(0), [...frame]])
    const again = decide(state, from.index, frame, learned)
    if (JSON.stringify(again) !== JSON.stringify(decision)) return 'it came out otherwise'
    return JSON.stringify([learned.list(0), [...frame]]) === before ? undefined : 'it changed something'
  })
})

test('a source that a port may not use never reaches anybody', () => {
  tryAll(500, ({ from, frame }, { deliveries, lesson }) => {
    const forged = from.checksSource && readHeader(frame)?.source !== from.mac
    return forged && (deliveries.length > 0 || lesson) ? 'a forged frame had an effect' : undefined
  })
})
