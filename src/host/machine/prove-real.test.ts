/** The proof with a real QEMU, a real kernel and this machine's own /dev/kvm. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { openLocalHost } from '../local.ts'
import { makeTestGuest } from '../testing/guest.ts'
import { proveAccelerator } from './prove-accelerator.ts'

const QEMU = '/usr/bin/qemu-system-x86_64'
const folder = mkdtempSync(join(tmpdir(), 'nestlab-proof-'))
const guest = existsSync(QEMU) ? makeTestGuest(folder) : undefined
const why = guest ? (existsSync('/dev/kvm') ? false : 'no /dev/kvm') : 'no QEMU, BusyBox or kernel package'

function commandsRunning(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((command) => command.includes(word))
}

describe('The proof with an ordinary kernel', { skip: why }, () => {
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('ends with a verdict and leaves no QEMU, whatever /dev/kvm does', async () => {
    assert.ok(guest)
    const verdict = await proveAccelerator(openLocalHost(), { qemu: QEMU, guest, limitMs: 3000 })
    assert.equal(verdict.proven, true)
    assert.match(verdict.because, verdict.accelerator === 'kvm' ? /came up/ : /KVM|kvm/)
    assert.deepEqual(commandsRunning(guest.initrd), [])
  })

  it('sees the guest come up where it does: the same kernel, emulated', async () => {
    assert.ok(guest)
    const emulated = join(folder, 'qemu-emulated')
    const script = [
      '#!/bin/sh',
      `[ "$1" = --version ] && exec ${QEMU} --version`,
      'for word; do shift; case "$word" in kvm) word=tcg ;; host) word=max ;; esac; set -- "$@" "$word"; done',
      `exec ${QEMU} "$@"`,
    ]
    writeFileSync(emulated, `${script.join('\n')}\n`)
    chmodSync(emulated, 0o755)
    const verdict = await proveAccelerator(openLocalHost(), { qemu: emulated, guest, limitMs: 120_000 })
    assert.match(verdict.because, /came up/)
    assert.deepEqual(commandsRunning(guest.initrd), [])
  })
})
