/** Everything that must hold before a change is handed in: format, lint, types, generated files, tests. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatedFiles, root } from './generated-files.ts'

const steps: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '--noEmit'],
]

const failed: string[] = []
for (const [name, program, ...args] of steps) {
  console.log(`— ${name}`)
  const ended = spawnSync(join(root, 'node_modules/.bin', program), args, { cwd: root, stdio: 'inherit' })
  if (ended.status !== 0) failed.push(name)
}

console.log('— generated files')
for (const [path, content] of await generatedFiles()) {
  const file = join(root, path)
  if (existsSync(file) && (await readFile(file, 'utf8')) === content) continue
  console.log(`${path} is not what \`npm run generate\` makes`)
  failed.push(path)
}

console.log('— tests')
const tests = spawnSync('make', ['test'], { cwd: root, stdio: 'inherit' })
if (tests.status !== 0) failed.push('tests')

console.log(failed.length === 0 ? 'Everything holds.' : `Failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
