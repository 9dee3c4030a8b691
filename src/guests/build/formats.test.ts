import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeCpio } from './cpio.ts'
import { neededLibraries } from './elf.ts'
import { kvmProof, proofExitCode } from './kvm-proof.ts'
import { unpackBlock } from './lz4.ts'
import { moduleIndex, withDependencies } from './modules.ts'
import { printedFiles } from './packages.ts'

test('a cpio archive is read back by cpio, in the order of the paths', () => {
  const file = (path: string, text: string) => ({ path, mode: 0o100644, content: Buffer.from(text) })
  const folder = { path: 'etc', mode: 0o040755, content: new Uint8Array() }
  const archive = writeCpio([file('etc/name', 'web\n'), folder, file('a', '')])
  const list = execFileSync('cpio', ['-t', '--quiet'], { input: archive }).toString()
  assert.deepEqual(list.trim().split('\n'), ['a', 'etc', 'etc/name'])
  assert.deepEqual(writeCpio([file('a', ''), folder, file('etc/name', 'web\n')]), archive)
})

test('the libraries an ELF program asks for include libc; other files ask for none', () => {
  assert.ok(neededLibraries(readFileSync('/usr/bin/qemu-img')).includes('libc.so.6'))
  assert.deepEqual(neededLibraries(Buffer.from('#!/bin/sh')), [])
})

test('an LZ4 block repeats bytes it has just written', () => {
  // Token 0x32: three literals, a match of 2 + 4 bytes at distance 3; then one literal ends the block.
  const block = Buffer.from([0x32, 0x61, 0x62, 0x63, 3, 0, 0x10, 0x21])
  assert.equal(unpackBlock(block, 100).toString(), 'abcabcabc!')
})

test('a damaged LZ4 block is refused, not read beyond', () => {
  assert.throws(() => unpackBlock(Buffer.from([0x32, 0x61, 0x62, 0x63, 9, 0]), 100), /damaged/)
  assert.throws(() => unpackBlock(Buffer.from([0xf0]), 100), /cut off/)
  assert.throws(() => unpackBlock(Buffer.from([0x32, 0x61, 0x62, 0x63, 3, 0]), 4), /damaged/)
})

test('modules come after what they need, and modprobe’s list is to be read from its end', () => {
  const needs: Record<string, readonly string[]> = { bridge: ['llc', 'stp'], stp: ['llc'], llc: [] }
  const load = (name: string) => ({
    name,
    content: Buffer.alloc(0),
    depends: needs[name] ?? [],
    aliases: [`x-${name}`],
  })
  const modules = withDependencies(['bridge'], load)
  assert.deepEqual(
    modules.map(({ name }) => name),
    ['llc', 'stp', 'bridge'],
  )
  assert.match(moduleIndex(modules).dep, /^bridge\.ko: stp\.ko llc\.ko$/m)
  assert.match(moduleIndex(modules).alias, /^alias x-stp stp$/m)
})

test('package files are read from what apt prints', () => {
  const sha256 = 'a'.repeat(64)
  const line = `'http://mirror/b/busybox_1.35.0-4%2bb1_amd64.deb' busybox_1%3a1.35.0-4+b1_amd64.deb 928188 SHA256:${sha256}`
  assert.deepEqual(printedFiles(`Reading...\n${line}\n`), [
    {
      request: 'busybox=1:1.35.0-4+b1',
      file: 'busybox_1%3a1.35.0-4+b1_amd64.deb',
      sizeBytes: 928188,
      sha256,
    },
  ])
})

test('a working virtual CPU gets through the KVM proof and says so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-proof-'))
  try {
    const file = join(folder, 'proof.bin')
    writeFileSync(file, kvmProof())
    const board = ['-accel', 'tcg', '-cpu', 'max', '-machine', 'microvm,x-option-roms=off', '-m', '8']
    const rest = ['-nodefaults', '-no-user-config', '-display', 'none', '-bios', file]
    const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=1']
    const { status } = spawnSync('qemu-system-x86_64', [...board, ...rest, ...exit], { timeout: 60_000 })
    assert.equal(status, proofExitCode)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
