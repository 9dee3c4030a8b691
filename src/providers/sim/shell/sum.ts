/** `$((…))`: whole numbers with + - * / % and comparisons, from left to right by rank. */
import { ShellProblem } from './syntax.ts'

const ranks: readonly (readonly string[])[] = [
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
]
const token = /\s*(==|!=|<=|>=|[-+*/%<>]|\d+|[A-Za-z_]\w*)\s*/y

export function sumOf(text: string, values: { variable(name: string): string | undefined }): number {
  const tokens = tokensOf(text)
  let at = 0
  const operand = (): number => {
    const found = tokens[at] ?? ''
    at += 1
    if (found === '-') return -operand()
    if (/^\d+$/.test(found)) return Number(found)
    if (/^[A-Za-z_]/.test(found)) return Math.trunc(Number(values.variable(found) ?? 0)) || 0
    throw new ShellProblem(`arithmetic: "${text}"`)
  }
  const level = (rank: number): number => {
    const signs = ranks[rank]
    if (!signs) return operand()
    let left = level(rank + 1)
    for (let sign = tokens[at]; sign !== undefined && signs.includes(sign); sign = tokens[at]) {
      at += 1
      left = applied(sign, left, level(rank + 1))
    }
    return left
  }
  const result = level(0)
  if (at < tokens.length) throw new ShellProblem(`arithmetic: "${text}"`)
  return result
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  for (let found = token.exec(text); found; found = token.exec(text)) {
    tokens.push(found[1] ?? '')
    if (token.lastIndex === text.length) return tokens
  }
  throw new ShellProblem(`arithmetic: "${text}"`)
}

function applied(sign: string, left: number, right: number): number {
  if ((sign === '/' || sign === '%') && right === 0) throw new ShellProblem('divide by zero')
  if (sign === '+') return left + right
  if (sign === '-') return left - right
  if (sign === '*') return left * right
  if (sign === '/') return Math.trunc(left / right)
  if (sign === '%') return left % right
  const truths = { '==': left === right, '!=': left !== right, '<': left < right, '>': left > right }
  if (sign === '<=') return left <= right ? 1 : 0
  if (sign === '>=') return left >= right ? 1 : 0
  return Object.entries(truths).some(([each, truth]) => each === sign && truth) ? 1 : 0
}
