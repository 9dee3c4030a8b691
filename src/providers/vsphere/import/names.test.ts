import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSiteName, isTunnelName } from '#lab'
import { groupName, machineName, Names, safeName, switchName } from './names.ts'

/** Letters, marks, signs and halves of letters that servers let through. */
const alphabet = [...'aZ09-._ /\\%"\'#:{}[]!|>@`\u0007\u001b\u202eüßéЖ漢🔥\ud800\ufeff\u0301']

/** The same sequence for the same seed. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('whatever a thing is called, its name in a lab file is one that the lab room accepts', () => {
  const seed = Number(process.env.NESTLAB_SEED ?? 5)
  const next = random(seed)
  for (let round = 0; round < 5000; round += 1) {
    const length = Math.floor(next() * 90)
    const real = Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join('')
    const [machine, group, on] = [machineName, groupName, switchName].map((style) => safeName(real, style))
    assert.ok(isSiteName(machine ?? ''), `NESTLAB_SEED=${seed}: ${JSON.stringify(real)} became ${machine}`)
    assert.ok(isTunnelName(group ?? ''), `NESTLAB_SEED=${seed}: ${JSON.stringify(real)} became ${group}`)
    assert.ok(
      isTunnelName(on ?? '') && (on ?? '').length <= 30,
      `NESTLAB_SEED=${seed}: ${JSON.stringify(real)} became ${on}`,
    )
  }
})

test('a name stays as it is when it can, and near to what it was otherwise', () => {
  const rows = [
    ['web-01', 'web-01'],
    ['DC0_C0_VM1', 'dc0-c0-vm1'],
    ['Ümläut', 'umlaut'],
    ['10.0.0.5', 'machine-10-0-0-5'],
    ['🔥', 'machine'],
  ] as const
  for (const [real, name] of rows) assert.equal(safeName(real, machineName), name)
  assert.equal(safeName('VM Network', groupName), 'VM-Network')
  assert.equal(safeName('dvPortGroup_v1.2', groupName), 'dvPortGroup_v1.2')
})

test('no two things have names that differ in case only, and what can keep its name does', () => {
  const names = new Names()
  assert.deepEqual(names.claimAll(['VM Network', 'VM-Network', 'vm-network', 'VM_Network'], groupName), [
    'VM-Network-3',
    'VM-Network',
    'vm-network-2',
    'VM_Network',
  ])
})

test('a thousand machines of one name and full length are told apart', () => {
  const names = new Names()
  const all = names.claimAll(
    Array.from({ length: 1000 }, () => 'x'.repeat(80)),
    machineName,
  )
  assert.equal(new Set(all).size, 1000)
  assert.ok(all.every((name) => isSiteName(name)))
})
