/** What a run needs around it: built programs in a folder of its own, and a network namespace. Both go with the run. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from './traffic.ts'

/** Needs a C compiler, and root for the namespace. */
export async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-bench-'))
  const namespace = `nestlab-bench-${process.pid}`
  const bench: Bench = {
    folder,
    traffic: join(folder, 'traffic'),
    reference: join(folder, 'reference'),
    inNamespace: ['ip', 'netns', 'exec', namespace],
  }
  try {
    build(bench)
    const made = spawnSync('ip', ['netns', 'add', namespace], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`A network namespace is needed, and so is root: ${made.stderr}`)
    await work(bench)
  } finally {
    spawnSync('ip', ['netns', 'del', namespace])
    await rm(folder, { recursive: true, force: true })
  }
}

function build(bench: Bench): void {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const vde = spawnSync('sh', ['-c', 'echo "#include <libvdeplug.h>" | cc -E -']).status === 0
  const withVde = vde ? ['-DWITH_VDE', '-lvdeplug'] : []
  for (const [program, source, words] of [
    [bench.traffic, 'traffic.c', withVde],
    [bench.reference, 'reference.c', []],
  ] as const) {
    const made = spawnSync('cc', ['-O2', '-o', program, join(here, source), ...words], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`cc: ${made.error?.message ?? made.stderr}`)
  }
}
