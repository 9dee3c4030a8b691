/** Classic mistakes: `trace` names each with its smallest fix, and the live switch says the same before and after. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab, type ResolvedLab } from '#lab'
import { type FixAnswer, findFix, type Probe, type Reason, trace } from '#trace'
import { fixLines } from '../../src/cli/fix-text.ts'
import { unifiedDiff } from '../../src/cli/line-diff.ts'
import { plain } from '../../src/cli/paint.ts'
import { traceLines } from '../../src/cli/trace-text.ts'
import type { Desk } from './guest.ts'
import { LiveLab } from './live-lab.ts'
import { SwitchProcess } from './switch-process.ts'

const examples = fileURLToPath(new URL('../../examples/broken/network/', import.meta.url))
const golden = fileURLToPath(new URL('../golden/broken/', import.meta.url))
/** `NESTLAB_ACCEPT=1` writes the answers anew; read the difference before committing it. */
const accept = process.env.NESTLAB_ACCEPT === '1'

const mistakes: Readonly<Record<string, Reason>> = {
  '01-answers-lost': 'UNKNOWN_UNICAST',
  '02-nothing-leaves': 'FORGED_TRANSMIT',
  '03-switch-says-accept': 'FORGED_TRANSMIT',
  '04-same-vlan': 'VLAN_TAGGED_ON_ACCESS',
  '05-one-vlan-missing': 'VLAN_NOT_ALLOWED',
  '06-new-vm': 'OTHER_VLAN',
  '07-moved-to-distributed': 'FORGED_TRANSMIT',
  '08-learning-is-on': 'FORGED_TRANSMIT',
  '09-island': 'NO_UPLINK',
  '10-two-nics': 'VLAN_TAGGED_ON_ACCESS',
  '11-recabled': 'VLAN_TAGGED_ON_ACCESS',
  '12-large-copies-hang': 'MTU_EXCEEDED',
  '13-hyper-v': 'FORGED_TRANSMIT',
  '14-three-pings-one-answer': 'NO_COMMON_NETWORK',
}
const names = Object.keys(mistakes)
const headers = 14 + 20 + 8

const sizeOf = (name: string) => (name.startsWith('12') ? 4000 : 56)
const textOf = (name: string) => readFileSync(`${examples}${name}.lab.yaml`, 'utf8')

function probeOf(name: string): Probe {
  return { from: 'kvm/web', to: 'client', what: { kind: 'icmp' }, payloadBytes: sizeOf(name) }
}

function labOf(name: string, text: string): ResolvedLab {
  const { lab, problems } = loadLab(text, { file: `${name}.lab.yaml` })
  assert.deepEqual(problems, [])
  assert.ok(lab)
  return lab
}

function answerTo(name: string): FixAnswer {
  const source = { text: textOf(name), load: { file: `${name}.lab.yaml` } }
  const answer = findFix(source, probeOf(name), { nowMs: () => 0 })
  assert.ok(answer)
  return answer
}

function fixed(name: string): string {
  const text = answerTo(name).fixes[0]?.text
  assert.ok(text, `${name} has a fix`)
  return text
}

/** As the command line shows it, in one text. */
function shown(name: string): string {
  const { trace: traced, fixes, gaveUp } = answerTo(name)
  const file = `${name}.lab.yaml`
  const { placeOf } = loadLab(textOf(name), { file })
  const place = traced.cause && placeOf?.(traced.cause.at)
  const told = traceLines(traced, { paint: plain, withReturn: false, place, file })
  const diff = unifiedDiff(file, textOf(name), fixed(name))
  return `${[...told, '', ...fixLines(fixes, gaveUp, plain), '', ...diff].join('\n')}\n`
}

describe('a classic mistake', () => {
  test('is one of the files of the folder', () => {
    const files = readdirSync(examples).map((file) => file.replace('.lab.yaml', ''))
    assert.deepEqual(files.sort(), names)
  })

  for (const [name, reason] of Object.entries(mistakes)) {
    test(`is named by trace, with the smallest fix, after which the frame arrives: ${name}`, () => {
      if (accept) writeFileSync(`${golden}${name}.txt`, shown(name))
      assert.equal(shown(name), readFileSync(`${golden}${name}.txt`, 'utf8'))
      assert.equal(trace(labOf(name, textOf(name)), probeOf(name)).cause?.reason, reason)
      assert.ok(trace(labOf(name, fixed(name)), probeOf(name)).reached)
    })
  }
})

/** The switch knows no addresses, and stations of this test answer whatever network they are asked from. */
const seenBySwitches = names.filter((name) => mistakes[name] !== 'NO_COMMON_NETWORK')

async function answers(texts: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const switches = await SwitchProcess.start()
  const outbox: Desk['outbox'] = []
  const desks = new Map([...texts.keys()].map((name) => [name, { answered: new Set<number>(), outbox }]))
  try {
    const lives = await Promise.all(
      [...texts].map(async ([name, text]) => {
        return await LiveLab.plug(
          labOf(name, text),
          { prefix: `${name.slice(0, 2)}-`, folder: switches.folder },
          desks.get(name) ?? { answered: new Set(), outbox },
        )
      }),
    )
    await switches.carry(lives)
    await switches.allConnected()
    for (const [index, name] of [...texts.keys()].entries()) {
      const ends = lives[index]?.ends ?? []
      const asked = ends.findIndex(({ path }) => path === 'client')
      ends
        .find(({ path }) => path === 'kvm/web')
        ?.guest.ask({ ping: index, asked, bytes: headers + sizeOf(name) })
    }
    await switches.settled(lives, outbox)
    for (const live of lives) live.close()
    return [...texts.keys()].filter((name) => desks.get(name)?.answered.size === 1)
  } finally {
    await switches.end()
  }
}

test('a mistake keeps the answer away on the live switch as well, and its fix lets it through', async () => {
  assert.deepEqual(await answers(new Map(seenBySwitches.map((name) => [name, textOf(name)]))), [])
  assert.deepEqual(await answers(new Map(seenBySwitches.map((name) => [name, fixed(name)]))), seenBySwitches)
})
