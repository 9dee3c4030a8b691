/** Programs that tests start again and again, each in one file: a start that loads hundreds costs more than what it does. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const folder = fileURLToPath(new URL('../.cache/test-programs', import.meta.url))

/** Path of the bundle of a program; named by what is in it, so that it never changes under somebody who runs it. */
export function bundled(program: URL): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(program)],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    packages: 'external',
    write: false,
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 12)
  const file = join(folder, `${basename(program.pathname, '.ts')}-${hash}.js`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${file}.${process.pid}`, contents)
  renameSync(`${file}.${process.pid}`, file)
  return file
}
