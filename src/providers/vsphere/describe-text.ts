/** A call in words, for people who read a plan. */
import { isList, isRef, type VimValue } from './soap/vim-value.ts'

export function line(method: string, target: string, value?: VimValue): string {
  return value === undefined ? `${method} ${target}` : `${method} ${target}: ${words(value)}`
}

/** Settings for the guest may hold secrets, and are only named. */
function words(value: VimValue): string {
  if (isList(value)) return `[${value.map(words).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  if (isRef(value)) return value.value
  const { $type, ...fields } = value
  if (typeof fields.key === 'string' && 'value' in fields) {
    return fields.key.startsWith('guestinfo.') ? fields.key : `${fields.key}=${String(fields.value)}`
  }
  const inside = Object.entries(fields).flatMap(([name, one]) =>
    one === undefined || name === 'annotation' ? [] : [`${name} ${words(one)}`],
  )
  return `${typeof $type === 'string' ? `${$type} ` : ''}{${inside.join(', ')}}`
}
