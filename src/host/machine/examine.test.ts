/** A machine examined for real, here and through SSH. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Host } from '../host.ts'
import { openLocalHost } from '../local.ts'
import { startServer, whyNoServer } from '../testing/servers.ts'
import { examineMachine } from './examine.ts'
import { ask, probeScript, readAnswers } from './probe.ts'

const examine = (host: Host) =>
  examineMachine(host, { qemu: 'qemu-system-x86_64', folder: '/no/such/folder/yet' })

describe('Examining a machine', () => {
  it('finds out about this one', async () => {
    const report = await examine(openLocalHost())
    assert.ok(report.cpus > 0)
    assert.ok(report.memoryMiB > report.availableMiB && report.availableMiB > 0)
    assert.ok(report.diskFreeMiB !== undefined)
    assert.notEqual(report.findings.find(({ id }) => id === 'cpu.vendor')?.verdict, undefined)
  })

  it('finds out the same through SSH', { skip: whyNoServer('dropbear') ?? false }, async () => {
    const server = await startServer('dropbear')
    const host = await server.connect()
    const verdicts = async (where: Host) =>
      (await examine(where)).findings.map(({ id, verdict }) => [id, verdict])
    assert.deepEqual(await verdicts(host), await verdicts(openLocalHost()))
    await host.close()
    await server.stop()
  })
})

describe('A probe', () => {
  it('keeps the answers apart, whatever they hold, and goes on after a question that fails', async () => {
    const questions = {
      lines: "printf 'a\\n\\nb\\n'",
      failing: 'no-such-program; false',
      complaining: 'echo oops >&2; echo answer',
      reading: 'cat',
      "it's": "echo quoted 'name'",
    }
    const answers = await ask(openLocalHost(), questions)
    assert.deepEqual(
      [...answers],
      [
        ['lines', 'a\n\nb'],
        ['failing', ''],
        ['complaining', 'answer'],
        ['reading', ''],
        ["it's", 'quoted name'],
      ],
    )
  })

  it('reads nothing out of output without marks', () => {
    assert.equal(readAnswers('a login message\n').size, 0)
    assert.equal(probeScript({}), '')
  })
})
