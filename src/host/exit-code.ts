/** Exit codes as a shell gives them. */
import { constants } from 'node:os'

const NUMBERS = new Map<string, number>(Object.entries(constants.signals))

/** `signalName` with or without SIG. A signal this system does not know counts as 128. */
export function exitCodeOf(code: number | null, signalName: string | null | undefined): number {
  if (code !== null) return code
  const name = signalName ?? ''
  return 128 + (NUMBERS.get(name) ?? NUMBERS.get(`SIG${name}`) ?? 0)
}
