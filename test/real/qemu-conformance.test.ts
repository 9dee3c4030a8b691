import assert from 'node:assert/strict'
import { copiesSentences, providerConformance, snapshotSentences } from '../../src/providers/conformance.ts'
import { greeting } from './boot-sector.ts'
import { bootable, openBench, orderOf, signal, until } from './qemu-bench.ts'
import './alone.ts'

providerConformance('qemu', async () => {
  const bench = await openBench()
  const boot = await bootable(bench)
  const image = '0'.repeat(64)
  return {
    provider: bench.provider,
    reopen: async () => bench.again(),
    order: async (name, plug) => orderOf(name, boot, plug),
    impossible: async (name, plug) =>
      orderOf(name, { settings: '', disks: [], kernel: { image, file: 'vmlinuz' } }, plug),
    crash: async (name) => {
      const { machines } = await bench.provider.inspect(signal)
      const pid = machines.find((machine) => machine.name === name)?.pid
      assert.ok(pid)
      process.kill(pid, 'SIGKILL')
    },
    untilUp: async (name) => {
      await until(`${name} greets`, async () =>
        (await bench.provider.consoleTail(name, 4096)).includes(greeting),
      )
    },
    until,
    close: bench.close,
  }
}, [
  { cases: snapshotSentences, reason: 'copies of whole machines are another mechanism there' },
  { cases: copiesSentences, reason: 'the guest of this bench cannot be told anything' },
])
