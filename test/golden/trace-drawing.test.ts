/** The drawings of `nestlab trace --svg`: the same trace gives the same bytes. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadLab } from '#lab'
import { draw, type Trace, trace } from '#trace'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const folder = fileURLToPath(new URL('trace/', import.meta.url))
/** `NESTLAB_ACCEPT=1` writes the drawings anew; look at them before committing. */
const accept = process.env.NESTLAB_ACCEPT === '1'

function traced(change: readonly [string, string]): Trace {
  const file = 'two-hypervisors.lab.yaml'
  const { lab } = loadLab(readFileSync(examples + file, 'utf8').replace(...change), { file })
  assert.ok(lab)
  return trace(lab, { from: 'kvm-1/web', to: 'kvm-2/web', what: { kind: 'icmp' } })
}

const drawings = [
  ['reached.svg', 'a frame that arrives is drawn with its whole way', ['', '']],
  ['lost.svg', 'a frame that is lost ends at a cross', ['promiscuous: accept', 'promiscuous: reject']],
] as const

for (const [name, title, change] of drawings) {
  test(title, () => {
    const svg = draw(traced(change))
    if (accept) writeFileSync(folder + name, svg)
    assert.equal(svg, readFileSync(folder + name, 'utf8'))
    assert.equal(svg.includes('class="cross"'), name === 'lost.svg')
  })
}

test('names cannot break out of a drawing', () => {
  const probe = { from: '</title><script>"&', to: 'a\u0007b', what: { kind: 'arp' } } as const
  const svg = draw({ probe, reached: false, legs: [] })
  assert.ok(!svg.includes('<script') && !svg.includes('\u0007'))
  assert.match(svg, /&lt;\/title&gt;&lt;script&gt;&quot;&amp; → a\ufffdb/)
})
