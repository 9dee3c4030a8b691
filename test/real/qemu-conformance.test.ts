import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { frozenPaths } from '#store'
import { providerConformance, snapshotSentences } from '../../src/providers/conformance.ts'
import { keeperGreeting, noteKeeper, tellMemory, told } from './note-keeper.ts'
import { openBench, orderOf, signal, until } from './qemu-bench.ts'
import './alone.ts'

providerConformance('qemu', async () => {
  const bench = await openBench()
  const boot = await noteKeeper(bench)
  let folders = 0
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
        (await bench.provider.consoleTail(name, 4096)).includes(keeperGreeting),
      )
    },
    until,
    copies: {
      folder: async () => {
        folders += 1
        const { folder } = frozenPaths(bench.roots, `instant-${folders}`)
        await mkdir(folder, { recursive: true })
        return folder
      },
      other: async () => bench.other('other'),
      tell: tellMemory,
      told: async (provider, name) => (await told(provider, name)).memory,
    },
    close: bench.close,
  }
}, [{ cases: snapshotSentences, reason: 'copies of whole machines are another mechanism there' }])
