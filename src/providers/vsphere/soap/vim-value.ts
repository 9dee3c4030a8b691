/** Values of the vSphere API as plain data, and careful ways to look into them. */

/** A reference to an object of the server. */
export interface MoRef {
  /** `VirtualMachine`, `HostSystem`, … */
  readonly type: string
  readonly value: string
}

/** A data object. `$type` names the type where it is not the declared one. */
export interface VimObject {
  readonly $type?: string
  readonly [field: string]: VimValue | undefined
}

export type VimValue = string | number | boolean | MoRef | VimObject | readonly VimValue[]

export function isRef(value: VimValue | undefined): value is MoRef {
  return (
    typeof value === 'object' &&
    'type' in value &&
    'value' in value &&
    typeof value.type === 'string' &&
    typeof value.value === 'string' &&
    Object.keys(value).length === 2
  )
}

export function isList(value: VimValue | undefined): value is readonly VimValue[] {
  return Array.isArray(value)
}

/** What lies at a path of fields; undefined as soon as one is absent, which means unknown and never "no". */
export function at(value: VimValue | undefined, ...path: readonly string[]): VimValue | undefined {
  return path.reduce<VimValue | undefined>((inner, field) => {
    if (typeof inner !== 'object' || isList(inner)) return undefined
    return (inner as VimObject)[field]
  }, value)
}

export function textAt(value: VimValue | undefined, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function numberAt(value: VimValue | undefined, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : undefined
}

export function flagAt(value: VimValue | undefined, ...path: readonly string[]): boolean | undefined {
  const found = at(value, ...path)
  return typeof found === 'boolean' ? found : undefined
}

export function refAt(value: VimValue | undefined, ...path: readonly string[]): MoRef | undefined {
  const found = at(value, ...path)
  return isRef(found) ? found : undefined
}

/** Empty where there is none. */
export function listAt(value: VimValue | undefined, ...path: readonly string[]): readonly VimValue[] {
  const found = at(value, ...path)
  return isList(found) ? found : []
}

export function typeOfObject(value: VimValue | undefined): string | undefined {
  return typeof value === 'object' && '$type' in value && typeof value.$type === 'string'
    ? value.$type
    : undefined
}
