/** Sends millions of frames of random sizes through the live switch and checks each: `node bench/switch-integrity.ts [frames]`. */
import { fileURLToPath } from 'node:url'
import { integrity } from './switch/integrity.ts'

const frames = Number(process.argv[2] ?? 5_000_000)
const seed = Number(process.argv[3] ?? 1)
const entry = fileURLToPath(new URL('../src/switch/live-main.ts', import.meta.url))

const result = await integrity({ frames, ports: 6, seed, node: process.execPath, entry })
console.log(`| sent | received | lost | reordered | misdelivered | damaged |\n|---|---|---|---|---|---|`)
const { sent, received, lost, reordered, misdelivered, damaged } = result
console.log(`| ${[sent, received, lost, reordered, misdelivered, damaged].join(' | ')} |`)
if (lost + reordered + misdelivered + damaged > 0) process.exitCode = 1
