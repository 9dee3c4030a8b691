/** What `trace` says of a lab file is what the live switch does with it, for every pair of machines of random labs. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { trace } from '#trace'
import type { Desk } from './guest.ts'
import { type End, LiveLab } from './live-lab.ts'
import { randomLabFile, randomNetwork } from './random-network.ts'
import { SwitchProcess } from './switch-process.ts'

const { NESTLAB_SEED, NESTLAB_LABS } = process.env
const firstSeed = Number(NESTLAB_SEED ?? 1)
const labs = Number(NESTLAB_LABS ?? (NESTLAB_SEED === undefined ? 1000 : 1))
/** One lab is looked at closely. */
const single = labs === 1
/** A switch process that carries more of them takes longer over each. */
const together = 20
/** All pairs of a lab with four machines; of larger ones, others for each seed. */
const mostPairs = 12

let switches: SwitchProcess
const desk: Desk = { answered: new Set(), outbox: [] }

before(async () => {
  switches = await SwitchProcess.start()
})
after(() => switches.end())

/** A ping, and what the trace says of it. */
interface Question {
  readonly seed: number
  readonly live: LiveLab
  readonly from: End
  readonly to: End
  readonly asked: number
  readonly payloadBytes: number
  readonly reaches: boolean
}

const sizes = [56, 56, 56, 1300, 1372, 1373, 1472]
const headers = 14 + 20 + 8

function questionsOf(seed: number, live: LiveLab): readonly Question[] {
  const pairs = live.ends.flatMap((from) => live.ends.flatMap((to) => (from === to ? [] : [{ from, to }])))
  const first = single ? 0 : (seed * mostPairs) % Math.max(pairs.length, 1)
  const chosen = [...pairs.slice(first), ...pairs.slice(0, first)].slice(0, single ? pairs.length : mostPairs)
  return chosen.map(({ from, to }, at) => {
    const most = Math.min(from.mtu, to.mtu) - 28
    const payloadBytes = Math.min(most, sizes[(seed + at) % sizes.length] ?? 56)
    const probe = { from: from.path, to: to.path, what: { kind: 'icmp' }, payloadBytes } as const
    const { reached } = trace(live.lab, probe)
    return { seed, live, from, to, asked: live.ends.indexOf(to), payloadBytes, reaches: reached }
  })
}

let pings = 0

/** One ping in each lab at a time, on switches that have learned nothing. */
async function ask(round: readonly Question[]): Promise<readonly string[]> {
  const lives = round.map(({ live }) => live)
  await switches.carry(lives, true)
  await switches.carry(lives)
  const asked = round.map((question) => {
    pings += 1
    question.from.guest.ask({ ping: pings, asked: question.asked, bytes: headers + question.payloadBytes })
    return { ...question, ping: pings }
  })
  await switches.settled(lives, desk.outbox)
  return asked
    .filter(({ ping, reaches }) => desk.answered.has(ping) !== reaches)
    .map(({ seed, from, to, payloadBytes, reaches }) => {
      const said = reaches ? 'reaches by trace and not live' : 'reaches live and not by trace'
      return `NESTLAB_SEED=${seed}: ${from.path} ${said} ${to.path} (${payloadBytes} bytes)`
    })
}

test('trace and live switch agree about every pair of machines', async (t) => {
  let count = 0
  let reached = 0
  const wrong: string[] = []
  for (let seed = firstSeed; seed < firstSeed + labs; seed += together) {
    const seeds = Array.from({ length: Math.min(together, firstSeed + labs - seed) }, (_, at) => seed + at)
    const lives = await Promise.all(
      seeds.map((one) =>
        LiveLab.plug(randomNetwork(one), { prefix: `${one}-`, folder: switches.folder }, desk),
      ),
    )
    const questions = lives.map((live, at) => questionsOf(seed + at, live))
    count += questions.flat().length
    reached += questions.flat().filter(({ reaches }) => reaches).length
    await switches.carry(lives)
    await switches.allConnected()
    for (let at = 0; questions.some((list) => list[at]); at += 1) {
      const round = questions.flatMap((list) => list.slice(at, at + 1))
      wrong.push(...(await ask(round)))
    }
    for (const live of lives) live.close()
  }
  t.diagnostic(`${labs} labs from seed ${firstSeed}, ${count} pairs, ${reached} reach each other`)
  if (single) t.diagnostic(JSON.stringify(randomLabFile(firstSeed)))
  assert.deepEqual(wrong.slice(0, 20), [])
})
