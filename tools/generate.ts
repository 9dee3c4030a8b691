/** Writes every generated file of the repository; with a folder as argument, there instead. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { generatedFiles, root } from './generated-files.ts'

const target = resolve(process.argv[2] ?? root)
for (const [path, content] of await generatedFiles()) {
  const file = join(target, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}
