import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

test('the room runs in a browser: it needs nothing of Node', async () => {
  const door = fileURLToPath(new URL('index.ts', import.meta.url))
  const { errors, outputFiles } = await build({
    entryPoints: [door],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'room',
    logLevel: 'silent',
  })
  assert.deepEqual(errors, [])
  const program = outputFiles[0]?.text ?? ''
  const lab = 'nestlab: 1\nname: lab\nmachines: { web: { image: tiny } }\n'
  // Only what browsers have too is handed in; `process` and `Buffer` are missing as they are there.
  const run = new Function(
    'process',
    'Buffer',
    'URL',
    'TextEncoder',
    'TextDecoder',
    `${program}; return room.loadLab`,
  )
  const loadLab = run(undefined, undefined, URL, TextEncoder, TextDecoder)
  assert.equal(loadLab(lab, { file: 'x.lab.yaml' }).lab.name, 'lab')
})
