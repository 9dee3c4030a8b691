/** Real guests say of every pair of machines what `trace` says of the file, before and after a change. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { loadLab, type Machine, type ResolvedLab } from '#lab'
import { trace } from '#trace'
import { type LabFile, labFile, nestlab, succeed } from './command.ts'
import './alone.ts'

const name = 'test-pairs'

const text = `nestlab: 1
name: ${name}
switches:
  lan:
    kind: distributed
    portgroups:
      web: { vlan: 10, macLearning: true }
      db: { vlan: 10 }
      other: { vlan: 20 }
  external:
    kind: hyperv
    portgroups:
      plain: {}
machines:
  a: { image: tiny, nics: [{ portgroup: web, address: 10.77.0.1/24 }] }
  b: { image: tiny, nics: [{ portgroup: db, address: 10.77.0.2/24 }] }
  c: { image: tiny, nics: [{ portgroup: other, address: 10.77.0.3/24 }] }
  d: { image: tiny, nics: [{ portgroup: other, address: 10.77.0.4/24 }] }
  e: { image: tiny, nics: [{ portgroup: plain, address: 10.77.0.5/24 }] }
  f: { image: tiny, nics: [{ portgroup: plain, address: 10.77.0.6/24 }] }
`

async function resolved(lab: LabFile): Promise<ResolvedLab> {
  const loaded = loadLab(await readFile(lab.file, 'utf8'), { file: lab.file })
  assert.deepEqual(loaded.problems, [])
  assert.ok(loaded.lab)
  return loaded.lab
}

const addressOf = ({ nics }: Machine) => nics[0]?.address?.ip ?? ''

/** `a reaches b` for every pair that does, by trace. */
function predicted(lab: ResolvedLab, machines: readonly Machine[]): readonly string[] {
  return machines.flatMap((from) =>
    machines
      .filter(
        (to) => to !== from && trace(lab, { from: from.path, to: to.path, what: { kind: 'icmp' } }).reached,
      )
      .map((to) => `${from.path} reaches ${to.path}`),
  )
}

/** The same by the guests themselves, each of which tries all the others. */
async function seen(machines: readonly Machine[]): Promise<readonly string[]> {
  const found = machines.map(async (from) => {
    const others = machines.filter((to) => to !== from)
    const script = others.map((to) => `ping -c 2 -W 2 ${addressOf(to)} >/dev/null 2>&1 && echo ${to.path}`)
    const shell = `${script.join('\n')}\ntrue`
    const { code, stdout, stderr } = await nestlab([
      'exec',
      '--lab',
      name,
      from.path,
      '--',
      'sh',
      '-c',
      shell,
    ])
    assert.equal(code, 0, stderr)
    const reached = stdout.split('\n').map((line) => line.trim())
    return others
      .filter(({ path }) => reached.includes(path))
      .map(({ path }) => `${from.path} reaches ${path}`)
  })
  return (await Promise.all(found)).flat()
}

test('real guests reach whom trace says they reach, before and after a change', async (t) => {
  await using file = await labFile(name, text)
  await succeed(['up', '-f', file.file])

  const compare = async (expected: number) => {
    const lab = await resolved(file)
    const { machines } = lab.top
    const wanted = predicted(lab, machines)
    assert.equal(wanted.length, expected)
    assert.deepEqual(await seen(machines), wanted)
  }

  await t.test('thirty pairs on a distributed switch and one of Hyper-V', async () => {
    await compare(6)
  })

  await t.test('thirty pairs once two port groups have another VLAN', async () => {
    await file.rewrite((before) =>
      before.replace('db: { vlan: 10 }', 'db: { vlan: 20 }').replace('plain: {}', 'plain: { vlan: 5 }'),
    )
    await succeed(['up', '-f', file.file])
    await compare(8)
  })
})
