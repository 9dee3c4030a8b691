/** How deep the collections of a YAML token stream lie in one another, counted without recursion. */
import type { CST } from 'yaml'

export interface Depth {
  readonly deepest: number
  /** Where in the text the deepest collection begins. */
  readonly offset: number
}

export function depthOf(tokens: readonly CST.Token[]): Depth {
  let deepest = 0
  let offset = 0
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next
    if (depth > deepest) {
      deepest = depth
      offset = token.offset
    }
    for (const child of childrenOf(token)) open.push({ token: child, depth: depth + 1 })
  }
  return { deepest, offset }
}

/** All tokens, without recursion, in no particular order. */
export function* tokensIn(tokens: readonly CST.Token[]): Generator<CST.Token> {
  const open = [...tokens]
  for (let next = open.pop(); next; next = open.pop()) {
    yield next
    for (const child of childrenOf(next)) open.push(child)
  }
}

function* childrenOf(token: CST.Token): Generator<CST.Token> {
  if (token.type === 'document' && token.value) yield token.value
  if (!('items' in token)) return
  for (const item of token.items) {
    if (item.key) yield item.key
    if (item.value) yield item.value
  }
}
