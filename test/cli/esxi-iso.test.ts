/** `nestlab esxi iso`: unattended ISOs, and where the root password never is. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { makeInstaller } from '../guests/esxi-installer.ts'
import type { Desk } from './command.ts'
import { deskWithLab, environment, given, hashedAgain, hashIn, kickstartIn, password } from './esxi-desk.ts'

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

test('esxi iso makes the ISO of one host of the lab, and says what to do with it', async () => {
  await using desk = await deskWithLab()
  const { iso } = makeInstaller(desk.folder)
  const { stdout } = await given(desk, 'iso', 'esxi-1', '--iso', iso, '-o', "my 'first'.iso")
  const output = join(desk.folder, "my 'first'.iso")
  const bytes = readFileSync(output)
  assert.equal(statSync(output).mode & 0o777, 0o600)
  assert.match(stdout, /my 'first'\.iso installs esxi-1 without a question/)
  assert.match(stdout, new RegExp(` SHA-256 +${createHash('sha256').update(bytes).digest('hex')}\n`))
  assert.match(stdout, / size +[\d.]+ MiB\n/)
  assert.match(stdout, / boots with +BIOS and UEFI; Secure Boot must be off\n/)
  assert.ok(
    stdout.includes(`nestlab site set SITE images.esxi-1 '[DATASTORE] iso/my '\\''first'\\''.iso'\n`),
    stdout,
  )
  assert.match(stdout, /It is for esxi-1 alone: make another one for each of esxi-2\./)
  const text = kickstartIn(output)
  assert.equal(hashedAgain(hashIn(text)), hashIn(text))
  const shown = (await desk.expect(0, 'esxi', 'kickstart', 'esxi-1')).stdout
  assert.equal(text.replace(hashIn(text), 'HASH-OF-THE-ROOT-PASSWORD'), shown)
})

const isoDocument = z.strictObject({
  machine: z.string(),
  file: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  firmware: z.array(z.enum(['bios', 'uefi'])),
  sharers: z.array(z.string()),
})

test('esxi iso --json says what was made, and which hosts it is not for', async () => {
  await using desk = await deskWithLab()
  const { iso } = makeInstaller(desk.folder, { uefi: false })
  const { stdout, stderr } = await given(desk, 'iso', 'old', '--iso', iso, '-o', 'out.iso', '--json')
  const { sizeBytes, sha256, ...said } = isoDocument.parse(JSON.parse(stdout))
  const output = join(desk.folder, 'out.iso')
  assert.deepEqual(said, { machine: 'old', file: output, firmware: ['bios'], sharers: [] })
  assert.equal(sizeBytes, statSync(output).size)
  assert.equal(sha256, createHash('sha256').update(readFileSync(output)).digest('hex'))
  assert.equal(stderr, '')
})

/** Programs that note every command line of the machine and their own environment, and then do what they always do. */
function spies(desk: Desk, names: readonly string[]): { readonly folder: string; readonly notes: string } {
  const [folder, notes] = [join(desk.folder, 'spies'), join(desk.folder, 'notes')]
  mkdirSync(folder)
  for (const name of names) {
    const real = execFileSync('sh', ['-c', `command -v ${name}`])
      .toString()
      .trim()
    const look = `{ echo "seen by ${name}"; cat /proc/[0-9]*/cmdline /proc/self/environ; } >> '${notes}' 2> /dev/null`
    writeFileSync(join(folder, name), `#!/bin/sh\n${look}\nexec ${real} "$@"\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return { folder, notes }
}

test('the root password is in no output, no file, no command line and no environment of another program', async () => {
  await using desk = await deskWithLab()
  const { iso } = makeInstaller(desk.folder)
  const { folder, notes } = spies(desk, ['openssl', 'xorriso'])
  const { code, stdout, stderr } = await desk.run(
    ['esxi', 'iso', 'esxi-1', '--iso', iso, '-o', 'out.iso', '--debug'],
    { environment: { ...environment, PATH: `${folder}:${process.env.PATH}` } },
  )
  assert.equal(code, 0, stderr)
  assert.ok(!`${stdout}${stderr}`.includes(password))
  const seen = readFileSync(notes, 'utf8')
  for (const sign of ['seen by openssl', 'seen by xorriso', 'passwd\0-6\0-stdin', 'esxi\0iso\0esxi-1'])
    assert.ok(seen.includes(sign), sign)
  const hash = hashIn(kickstartIn(join(desk.folder, 'out.iso')))
  const files = filesBelow(desk.folder)
  assert.deepEqual(
    files.filter((file) => readFileSync(file).includes(password)),
    [],
  )
  assert.deepEqual(
    files.filter((file) => readFileSync(file).includes(hash)),
    [join(desk.folder, 'out.iso')],
  )
})

test('a person is asked for the password twice, and sees nothing of it', async () => {
  await using desk = await deskWithLab()
  makeInstaller(desk.folder)
  const asked = desk.startOnTerminal('nestlab esxi iso esxi-1 --iso installer.iso -o out.iso')
  await asked.printed('Password of root on esxi-1: ')
  asked.type(`${password}\r`)
  await asked.printed('Once more: ')
  asked.type(`${password}\r`)
  const { code, stdout } = await asked.ended
  assert.equal(code, 0, stdout)
  assert.ok(!stdout.includes(password))
  const hash = hashIn(kickstartIn(join(desk.folder, 'out.iso')))
  assert.equal(hashedAgain(hash), hash)
})

test('two passwords that differ make nothing, and Ctrl-C at the question is the end', async () => {
  await using desk = await deskWithLab()
  makeInstaller(desk.folder)
  const command = 'nestlab esxi iso esxi-1 --iso installer.iso -o out.iso'
  const asked = desk.startOnTerminal(command)
  await asked.printed('Password of root on esxi-1: ')
  asked.type(`${password}\r`)
  await asked.printed('Once more: ')
  asked.type(`${password}x\r`)
  const differing = await asked.ended
  assert.equal(differing.code, 2)
  assert.match(differing.stdout, /The two passwords differ/)
  assert.ok(!differing.stdout.includes(password))
  const left = desk.startOnTerminal(command)
  await left.printed('Password of root on esxi-1: ')
  left.type('Vaulted\u0003')
  const interrupted = await left.ended
  assert.equal(interrupted.code, 4)
  assert.match(interrupted.stdout, /Stopped by Ctrl-C/)
  assert.ok(!readdirSync(desk.folder).includes('out.iso'))
})

test('a file that is there is written over with --force alone, and the installer never', async () => {
  await using desk = await deskWithLab()
  const { iso } = makeInstaller(desk.folder)
  await desk.write('out.iso', 'before')
  const line = ['esxi', 'iso', 'esxi-1', '--iso', 'installer.iso', '-o']
  const { stderr } = await desk.expect(2, ...line, 'out.iso')
  assert.match(stderr, /out\.iso exists already\. \(iso-file-exists\)\n.*--force/)
  assert.equal(readFileSync(join(desk.folder, 'out.iso'), 'utf8'), 'before')
  const before = readFileSync(iso)
  assert.match((await desk.expect(2, ...line, './installer.iso', '--force')).stderr, /the installer itself/)
  assert.match(
    (await desk.expect(2, ...line, 'installer', '--force')).stderr,
    /no file that could be written/,
  )
  assert.ok(readFileSync(iso).equals(before))
  await given(desk, 'iso', 'esxi-1', '--iso', iso, '-o', 'out.iso', '--force')
  assert.match(kickstartIn(join(desk.folder, 'out.iso')), /^vmaccepteula$/m)
})

test('a password that ESXi would not take is refused without being repeated, and nothing is made', async () => {
  await using desk = await deskWithLab()
  const { iso } = makeInstaller(desk.folder)
  const { code, stdout, stderr } = await desk.run(['esxi', 'iso', 'esxi-1', '--iso', iso, '-o', 'out.iso'], {
    environment: { NESTLAB_ESXI_PASSWORD: 'vaultedzebra' },
  })
  assert.equal(code, 1)
  assert.match(stderr, /ESXi will not take this root password: it counts as one kind/)
  assert.ok(!`${stdout}${stderr}`.includes('vaultedzebra'))
  assert.ok(!readdirSync(desk.folder).includes('out.iso'))
})

test('an installer that is none is named, with what would be right', async () => {
  await using desk = await deskWithLab()
  await desk.write('other.iso', 'no image at all'.repeat(5000))
  const line = ['esxi', 'iso', 'esxi-1', '--iso', 'other.iso', '-o', 'out.iso', '--json']
  const { code, stdout } = await desk.run(line, { environment })
  assert.equal(code, 1)
  const { error } = z
    .object({ error: z.object({ code: z.string(), next: z.string() }) })
    .parse(JSON.parse(stdout))
  assert.equal(error.code, 'esxi-iso-unfit')
  assert.match(error.next, /installer ISO as it comes from Broadcom/)
  assert.ok(!readdirSync(desk.folder).includes('out.iso'))
})
