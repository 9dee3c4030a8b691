import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveLines } from './live.ts'
import { painted, withoutColour } from './paint.ts'

const csi = `${String.fromCharCode(27)}\\[`

/** Cursor up, erase below, or a line. */
const codes = new RegExp(`${csi}(\\d+)A\\r|${csi}0(J)|(.*)\\n`, 'g')

/** A screen that does what the codes say, so that tests see what a person would. */
class Screen {
  readonly columns: number
  readonly rows: number
  shown: string[] = []
  #at = 0

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string): void {
    for (const [, up, erase, line] of text.matchAll(codes)) {
      if (up !== undefined) this.#at -= Number(up)
      else if (erase !== undefined) this.shown.length = this.#at
      else this.shown[this.#at++] = withoutColour(line ?? '')
    }
  }
}

test('lines are drawn in the place of the ones before', () => {
  const screen = new Screen(40, 10)
  const live = new LiveLines(screen)
  live.draw(['kvm-1 starting', 'kvm-2 waiting'])
  live.draw(['kvm-1 ready'])
  assert.deepEqual(screen.shown, ['kvm-1 ready'])
})

test('a line to keep stays above the live ones', () => {
  const screen = new Screen(40, 10)
  const live = new LiveLines(screen)
  live.draw(['kvm-1 starting'])
  live.keep('building the image tiny')
  live.draw(['kvm-1 ready'])
  assert.deepEqual(screen.shown, ['building the image tiny', 'kvm-1 ready'])
})

test('what does not fit on the screen is cut, and said to be', () => {
  const screen = new Screen(12, 4)
  const live = new LiveLines(screen)
  live.draw([painted.good('a line that is too long'), 'b', 'c', 'd', 'e'])
  assert.deepEqual(screen.shown, ['a line tha…', 'b', '… and 3 mo…'])
})
