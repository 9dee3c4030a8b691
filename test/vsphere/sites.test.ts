/** `nestlab site` against a vCenter that others simulate: certificates, passwords and where they end up. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Desk } from '../cli/command.ts'
import { lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const lacking = lackingGo()
const password = 'gr33n-Tomatoes'
const program = fileURLToPath(new URL('../../bin/nestlab', import.meta.url))

const variable = { NESTLAB_PASSWORD_HOME: password }

async function everyFile(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n')
}

const adding = (vcsim: Vcsim) => ['site', 'add', 'home', vcsim.url.href, '--user', vcsim.user]

describe('a site', { skip: lacking }, () => {
  test('is added only with a certificate that was accepted, and shows what is there', async () => {
    await using vcsim = await startVcsim({ password, inventory: { hostsPerCluster: 2, portGroups: 2 } })
    await using desk = await Desk.open()
    const refused = await desk.run(adding(vcsim), { environment: variable })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /certificate was not accepted.*nothing was sent/)
    assert.ok(refused.stderr.includes(vcsim.fingerprint ?? 'no fingerprint'))
    const trusting = [...adding(vcsim), '--fingerprint', vcsim.fingerprint ?? '']
    const added = await desk.run(trusting, { environment: variable })
    assert.equal(added.code, 0, added.stderr)
    for (const shown of [/DC0_C0_H1/, /VM Network +0 +reject +accept +accept/, /DC0_DVPG1/, /LocalDS_0/])
      assert.match(added.stdout, shown)
    assert.match((await desk.expect(0, 'site', 'ls')).stdout, /home +vsphere +https:\/\/127\.0\.0\.1/)
    const again = await desk.run(trusting, { environment: variable })
    assert.match(again.stderr, /\(site-there\)/)
    const report = JSON.parse(
      (await desk.run(['site', 'test', 'home', '--json'], { environment: variable })).stdout,
    )
    assert.equal(report.survey.hosts.length, 3)
    assert.equal(report.survey.distributed[0].portgroups.length, 3)
  })

  test('is told nothing when it shows another certificate than before', async () => {
    await using vcsim = await startVcsim({ password })
    await using desk = await Desk.open()
    const other = `${'AB:'.repeat(31)}AB`
    const ended = await desk.run([...adding(vcsim), '--fingerprint', other], { environment: variable })
    assert.equal(ended.code, 4)
    assert.match(ended.stderr, /\(vsphere-certificate-changed\)/)
    assert.match((await desk.expect(0, 'site', 'ls')).stdout, /no site/)
  })

  test('takes its password from a terminal, where it is not shown', async () => {
    await using vcsim = await startVcsim({ password })
    await using desk = await Desk.open()
    const line = ['nestlab', ...adding(vcsim)].join(' ')
    const running = desk.startOnTerminal(line)
    await running.printed('that the server itself shows')
    running.type('y\r')
    await running.printed('Password of')
    running.type(`${password}\r`)
    const { code, stdout } = await running.ended
    assert.equal(code, 0, stdout)
    assert.match(stdout, /home is added/)
    assert.ok(!stdout.includes(password))
  })

  test('keeps its password in the keyring of the system, in no file and no list of processes', async () => {
    await using vcsim = await startVcsim({ password })
    await using desk = await Desk.open()
    const quoted = [...adding(vcsim), '--fingerprint', vcsim.fingerprint ?? '', '--remember'].map(
      (word) => `'${word}'`,
    )
    // A keyring of its own, unlocked, on a message bus of its own.
    const script = `
      printf 'secret of the keyring\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
      NESTLAB_PASSWORD_HOME='${password}' '${program}' ${quoted.join(' ')} </dev/null
      '${program}' site test home --json </dev/null
      '${program}' site rm home </dev/null
      secret-tool lookup application nestlab site home for site || echo forgotten`
    const environment = {
      ...desk.environment(),
      HOME: desk.folder,
      XDG_DATA_HOME: desk.folder,
      XDG_RUNTIME_DIR: desk.folder,
    }
    const ran = await promisify(execFile)('dbus-run-session', ['--', 'sh', '-c', script], {
      cwd: desk.folder,
      env: environment,
      timeout: 120_000,
    })
    assert.match(ran.stdout, /home is added/)
    assert.match(ran.stdout, /"site":\{"name":"home"/)
    assert.match(ran.stdout, /home is forgotten\.\nforgotten/)
    assert.ok(!`${ran.stdout}${ran.stderr}`.includes(password))
    const own = await everyFile(join(desk.folder, '.home'))
    assert.ok(!own.includes(password))
  })

  test('is what check judges level 0 by when it is named', async () => {
    await using vcsim = await startVcsim({ password, host: { memoryMiB: 65_536, cores: 16, nested: false } })
    await using desk = await Desk.open()
    const trusting = [...adding(vcsim), '--fingerprint', vcsim.fingerprint ?? '']
    assert.equal((await desk.run(trusting, { environment: variable })).code, 0)
    const machine =
      '{ memory: 8GiB, cpus: 2, hypervisor: { product: esxi, version: "6.5", machines: { web: { image: tiny } } } }'
    await desk.write('nested.lab.yaml', `nestlab: 1\nname: nested\nmachines: { esxi: ${machine} }\n`)
    await desk.expect(0, 'check')
    const judged = await desk.run(['check', '--site', 'home'], { environment: variable })
    assert.equal(judged.code, 1)
    assert.match(judged.stdout, /Level 0 is DC0_H0, DC0_C0_H0/)
    assert.match(judged.stdout, /\(cpu\/host-passes-on\)/)
  })

  test('that lets nobody in is not added, and the password is in no message', async () => {
    await using vcsim = await startVcsim({ password })
    await using desk = await Desk.open()
    const wrong = { NESTLAB_PASSWORD_HOME: 'not-the-0ne' }
    const ended = await desk.run([...adding(vcsim), '--fingerprint', vcsim.fingerprint ?? '', '--debug'], {
      environment: wrong,
    })
    assert.equal(ended.code, 4)
    assert.match(ended.stderr, /\(vsphere-login-refused\)/)
    assert.ok(!`${ended.stdout}${ended.stderr}`.includes('not-the-0ne'))
    assert.match((await desk.expect(0, 'site', 'ls')).stdout, /no site/)
  })
})

test('what is no address, no name or no setting of a site is refused with the remedy', async () => {
  await using desk = await Desk.open()
  const user = ['--user', 'root']
  for (const [words, code] of [
    [['add', 'local', 'https://127.0.0.1:9', ...user], 'site-name'],
    [['add', 'UP', 'https://127.0.0.1:9', ...user], 'site-name'],
    [['add', 'home', 'ftp://127.0.0.1', ...user], 'site-address'],
    [['add', 'home', 'https://root:secret@127.0.0.1:9', ...user], 'site-address'],
    [['add', 'home', 'http://192.0.2.1', ...user], 'vsphere-unreachable'],
    [['add', 'home', 'https://127.0.0.1:9', ...user, '--fingerprint', 'AB'], 'wrong-usage'],
    [['add', 'home', 'https://127.0.0.1:9'], 'wrong-usage'],
    [['test', 'nowhere'], 'site-unknown'],
    [['set', '../x', 'datastore', 'nas'], 'site-unknown'],
    [['rm', 'nowhere'], 'site-unknown'],
  ] as const) {
    const { code: exit, stderr } = await desk.run(['site', ...words], { environment: variable })
    assert.notEqual(exit, 0, words.join(' '))
    assert.ok(stderr.includes(`(${code})`), `${words.join(' ')}: ${stderr}`)
    assert.ok(!stderr.includes('secret@') && !stderr.includes(password))
  }
})
