import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '#failure'
import { checkRootPassword, hashRootPassword, isPasswordHash } from './password.ts'

const signal = AbortSignal.timeout(30_000)

test('passwords that ESXi takes are taken, by the examples of its manual made one longer', () => {
  for (const fine of ['xQaTEhb!', 'xQaT3#Ab', 'VMware123!', 'a-B3a-B3'])
    assert.doesNotThrow(() => checkRootPassword(fine), fine)
})

test('passwords that ESXi refuses are refused beforehand, with the reason and without the password', () => {
  const weak: Readonly<Record<string, RegExp>> = {
    'a-B3': /4 characters; the fewest are 8/,
    [`a-B3${'x'.repeat(36)}`]: /40 characters; the most are 39/,
    Xqatthi3: /counts as one kind/,
    Xqat3hia: /counts as 2 kinds/,
    xQaTEhbb2: /counts as 2 kinds/,
    'a-B3 a-B3': /space/,
    'a-B3a-B3\n': /space/,
    'a-B3a-Bé': /not ASCII/,
    '7-myRoot-!': /name of the user/,
  }
  for (const [password, reason] of Object.entries(weak)) {
    const check = () => checkRootPassword(password)
    assert.throws(check, (error) => {
      assert.ok(error instanceof Failure)
      assert.equal(error.code, 'esxi-password-weak')
      assert.match(error.message, reason, password)
      assert.ok(!error.message.includes(password.trim()))
      return true
    })
  }
})

test('the hash of a password is one that another run with its salt finds again, and has a salt of its own', async () => {
  const [one, two] = [
    await hashRootPassword('Nest-lab1!', signal),
    await hashRootPassword('Nest-lab1!', signal),
  ]
  assert.ok(isPasswordHash(one))
  assert.notEqual(one, two)
  const salt = one.split('$')[2] ?? ''
  const again = execFileSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], { input: 'Nest-lab1!\n' })
  assert.equal(again.toString().trim(), one)
})

test('a password is neither in the arguments nor in the environment of a process, where others see it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-openssl-'))
  const path = process.env.PATH ?? ''
  t.after(() => {
    process.env.PATH = path
    rmSync(folder, { recursive: true })
  })
  const real = execFileSync('sh', ['-c', 'command -v openssl']).toString().trim()
  const spy = `#!/bin/sh\n{ echo "$*"; env; } > ${folder}/seen\nexec ${real} "$@"\n`
  writeFileSync(join(folder, 'openssl'), spy, { mode: 0o755 })
  process.env.PATH = `${folder}:${path}`
  assert.ok(isPasswordHash(await hashRootPassword('Not-in-a-list-7x!', signal)))
  const seen = readFileSync(join(folder, 'seen'), 'utf8')
  assert.match(seen, /^passwd -6 -stdin$/m)
  assert.ok(!seen.includes('Not-in-a-list'))
})

test('a weak password is not even hashed, and an interrupted hashing ends', async () => {
  await assert.rejects(hashRootPassword('short', signal), { code: 'esxi-password-weak' })
  const stopped = AbortSignal.abort(new Error('stopped'))
  await assert.rejects(hashRootPassword('Nest-lab1!', stopped), /stopped/)
})
