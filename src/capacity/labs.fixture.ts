/** For tests: labs from a few lines of YAML, and numbers that are random and always the same. */
import { loadLab, type ResolvedLab } from '#lab'

/** `text` stands behind the head that every lab file has. */
export function labOf(text: string): ResolvedLab {
  const { lab, problems } = loadLab(new TextEncoder().encode(`nestlab: 1\nname: lab\n${text}`), {
    file: 'lab.yaml',
  })
  if (!lab) throw new Error(problems.map((problem) => problem.text).join('\n'))
  return lab
}

/** Hosts of facts, all with the same properties. */
export function hostsText(names: readonly string[], properties: string): string {
  return `site:\n  kind: facts\n  hosts:\n${names.map((name) => `    ${name}: { ${properties} }\n`).join('')}`
}

/** From 0 up to and without `below`. */
export type Dice = (below: number) => number

export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
