/** The bundle keeps a start small: what `--version` and `--help` load is the command line and nothing else. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { read, root } from './tree.ts'

/** The parser of the command line and some forty verbs; the next room to be loaded would double it. */
const mostKiB = 330

async function loadedAtStart(file: string, loaded = new Map<string, number>()): Promise<Map<string, number>> {
  if (loaded.has(file)) return loaded
  const text = await read(file)
  loaded.set(file, text.length / 1024)
  for (const [, from = ''] of text.matchAll(/^(?:import|\}) (?:from )?"(\.[^"]+)"/gm)) {
    await loadedAtStart(join(dirname(file), from), loaded)
  }
  return loaded
}

test('a start loads the command line only', {
  skip: existsSync(join(root, 'dist/main.js')) ? false : 'there is no bundle: make build',
}, async () => {
  const loaded = await loadedAtStart('dist/main.js')
  const sumKiB = [...loaded.values()].reduce((sum, size) => sum + size, 0)
  assert.ok(sumKiB <= mostKiB, `${Math.round(sumKiB)} KiB: ${[...loaded.keys()].join(', ')}`)
})
