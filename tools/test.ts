/** Runs every test file, several at once, in an order that keeps both processors of a small machine busy to the end. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { root } from './generated-files.ts'
import { orderOf, type TestFile } from './test-order.ts'

/** Two processors are kept busy by three, since each waits now and then. */
const lanes = 3
const fileLimitMs = 900_000

/** Whoever imports `alone.ts` waits there for the others that do. */
const isAlone = (path: string) => readFileSync(join(root, path), 'utf8').includes("/alone.ts'")

const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root })
  .toSorted()
  .map((path): TestFile => ({ path, isAlone: isAlone(path) }))

run({
  files: orderOf(files, lanes).map((path) => join(root, path)),
  concurrency: lanes,
  timeout: fileLimitMs,
})
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(new spec())
  .pipe(process.stdout)
