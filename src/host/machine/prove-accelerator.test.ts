/** The proof, with programs that stand for QEMU and do what QEMUs were seen to do; the real one is in test/real. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openLocalHost } from '../local.ts'
import { isAlive } from '../testing/processes.ts'
import { type ProofOptions, proveAccelerator } from './prove-accelerator.ts'
import { readVerdict } from './remembered.ts'

const noKvm = existsSync('/dev/kvm') ? false : 'this machine has no /dev/kvm, so nothing is run'

describe('The proof of an accelerator', { skip: noKvm }, () => {
  const host = openLocalHost()
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestlab-proof-'))
    writeFileSync(join(folder, 'kernel'), '')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** A program that answers like QEMU to `--version` and otherwise does `body`. */
  function standIn(body: string): string {
    const path = join(folder, `qemu-${Math.abs(hash(body))}`)
    const head =
      '#!/bin/sh\n[ "$1" = --version ] && { echo "QEMU emulator version 7.2.22 (Debian)"; exit; }\n'
    writeFileSync(path, `${head}echo run >> ${path}.runs\n${body}\n`)
    chmodSync(path, 0o755)
    return path
  }
  const hash = (text: string) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7)
  const runs = (qemu: string) => readFileSync(`${qemu}.runs`, 'utf8').split('\n').length - 1
  const guest = () => ({ kernel: join(folder, 'kernel'), initrd: join(folder, 'kernel') })
  const prove = (qemu: string, changes: Partial<ProofOptions> = {}) =>
    proveAccelerator(host, { qemu, guest: guest(), limitMs: 10_000, ...changes })

  it('is KVM when the guest says that it is up', async () => {
    const verdict = await prove(standIn('echo "[ 0.1] Linux"; echo "nestlab: ready"; exec sleep 1000'))
    assert.equal(verdict.accelerator, 'kvm')
    assert.equal(verdict.qemuVersion, '7.2.22')
    assert.match(verdict.bootId, /^[0-9a-f-]{36}$/)
  })

  it('is TCG with the reason when the guest prints nothing within the limit, and its QEMU is gone then', async () => {
    const pidFile = join(folder, 'pid')
    const verdict = await prove(standIn(`echo $$ > ${pidFile}; while :; do sleep 0.1; done`), {
      limitMs: 1000,
    })
    assert.equal(verdict.accelerator, 'tcg')
    assert.match(verdict.because, /printed nothing for 1 s/)
    assert.equal(isAlive(Number(readFileSync(pidFile, 'utf8'))), false)
  })

  it('names the last line of a guest that got stuck', async () => {
    const verdict = await prove(standIn('printf "one\\r\\n\\033[2Jtwo stuck\\r\\n"; exec sleep 1000'), {
      limitMs: 1000,
    })
    assert.match(verdict.because, /"\[2Jtwo stuck"/)
  })

  it('names what a QEMU said that ended by itself', async () => {
    const said = 'qemu-system-x86_64: error: failed to set MSR 0x48f'
    const verdict = await prove(standIn(`echo "${said}" >&2; kill -ABRT $$`))
    assert.equal(verdict.accelerator, 'tcg')
    assert.ok(verdict.because.includes(`signal 6: "${said}"`), verdict.because)
  })

  it('is remembered for the same boot and version of QEMU, unless asked for again', async () => {
    const qemu = standIn('echo "nestlab: ready"; sleep 1')
    const cacheFile = join(folder, 'state', 'accelerator.json')
    const first = await prove(qemu, { cacheFile, now: () => new Date(0) })
    assert.deepEqual(await prove(qemu, { cacheFile }), first)
    assert.equal(runs(qemu), 1)
    await prove(qemu, { cacheFile, again: true })
    assert.equal(runs(qemu), 2)
    const stored = JSON.parse(readFileSync(cacheFile, 'utf8'))
    for (const other of [{ bootId: 'another' }, { qemuVersion: '9.0' }]) {
      writeFileSync(cacheFile, JSON.stringify({ ...stored, ...other }))
      await prove(qemu, { cacheFile })
    }
    assert.equal(runs(qemu), 4)
  })

  it('ignores a damaged memory and writes it anew', async () => {
    const qemu = standIn('echo "nestlab: ready"; sleep 2')
    const cacheFile = join(folder, 'damaged.json')
    const damaged = [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"format":1}',
      '\0\xff',
      '{"format":2,"accelerator":"kvm"}',
    ]
    for (const text of damaged) {
      writeFileSync(cacheFile, text, 'latin1')
      assert.equal((await prove(qemu, { cacheFile })).accelerator, 'kvm')
      assert.ok(readVerdict(readFileSync(cacheFile, 'utf8')))
    }
  })

  it('does not fail where it cannot be remembered', async () => {
    const cacheFile = join(folder, 'kernel', 'below-a-file')
    assert.equal((await prove(standIn('echo "nestlab: ready"'), { cacheFile })).accelerator, 'kvm')
  })

  it('does not remember a QEMU that somebody killed', async () => {
    const cacheFile = join(folder, 'killed.json')
    const verdict = await prove(standIn('kill -KILL $$'), { cacheFile })
    assert.match(verdict.because, /signal 9/)
    assert.equal(existsSync(cacheFile), false)
  })

  it('is unproven TCG, not remembered, while there is no image to prove it with', async () => {
    const cacheFile = join(folder, 'unproven.json')
    const { guest: _, ...without } = { guest: guest(), qemu: standIn('exit 1'), cacheFile }
    for (const options of [without, { ...without, guest: { kernel: '/no/kernel', initrd: '/no/initrd' } }]) {
      const verdict = await proveAccelerator(host, options)
      assert.deepEqual([verdict.accelerator, verdict.proven], ['tcg', false])
      assert.match(verdict.remedy ?? '', /nestlab image build tiny/)
    }
    assert.equal(existsSync(cacheFile), false)
  })

  it('is none where there is no QEMU', async () => {
    const verdict = await prove('/no/such/qemu')
    assert.equal(verdict.accelerator, 'none')
    assert.match(verdict.remedy ?? '', /Install QEMU/)
  })

  it('ends with the reason of a caller who gives up', async () => {
    const pidFile = join(folder, 'given-up')
    const qemu = standIn(`echo $$ > ${pidFile}; exec sleep 1000`)
    const signal = AbortSignal.timeout(1000)
    await assert.rejects(prove(qemu, { signal }), (error) => error === signal.reason)
    assert.equal(isAlive(Number(readFileSync(pidFile, 'utf8'))), false)
  })
})
