/** How names, references and things not told are read. */
import { listAt, type MoRef, refAt, type VimValue } from '../soap/vim-value.ts'

export function nameOf(properties: ReadonlyMap<string, VimValue>): string {
  const name = properties.get('name')
  // vCenter writes slashes and percent signs in names as %2f and %25.
  return typeof name === 'string'
    ? name.replace(/%(2f|5c|25)/gi, (code) => decodeURIComponent(code))
    : 'unknown'
}

export function refsIn(value: VimValue | undefined): readonly MoRef[] {
  return listAt(value === undefined ? undefined : { value }, 'value').flatMap(
    (one) => refAt({ one }, 'one') ?? [],
  )
}

type Known<Value> = { readonly [Key in keyof Value]?: Exclude<Value[Key], undefined> }

/** Without what is not known. */
export function known<Value extends object>(value: Value): Known<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Known<Value>
}
