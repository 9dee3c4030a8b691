/** Versions of ESXi as lab files write them, from 5.5 to 9: what kickstarts and scripts differ by. */

export interface EsxiVersion {
  readonly major: number
  readonly minor: number
  /** 0 where there is none. */
  readonly update: number
  /** The letter after the update, as in `7.0U1c`; empty where there is none. */
  readonly letter: string
}

/** `8.0`, `7.0U1c`, `8.0 Update 2` or `8.0.2`. Undefined for everything else, and for what is older than 5.5. */
export function readEsxiVersion(text: string): EsxiVersion | undefined {
  const match = /^(\d{1,2})\.(\d)(?:(?:\.| ?U(?:pdate )?)(\d{1,2})([a-z]?))?$/i.exec(text)
  if (!match) return undefined
  const [, major = '', minor = '', update = '0', letter = ''] = match
  const version = {
    major: Number(major),
    minor: Number(minor),
    update: Number(update),
    letter: letter.toLowerCase(),
  }
  return isAtLeast(version, { major: 5, minor: 5 }) && version.major <= 9 ? version : undefined
}

export function isAtLeast(version: EsxiVersion, least: Partial<EsxiVersion>): boolean {
  const numbers = (of: Partial<EsxiVersion>) => [of.major ?? 0, of.minor ?? 0, of.update ?? 0]
  const [have, want] = [numbers(version), numbers(least)]
  const place = have.findIndex((number, index) => number !== want[index])
  if (place === -1) return version.letter >= (least.letter ?? '')
  return (have[place] ?? 0) > (want[place] ?? 0)
}

export function versionText({ major, minor, update, letter }: EsxiVersion): string {
  return `${major}.${minor}${update > 0 || letter !== '' ? `U${update}${letter}` : ''}`
}
