/** Passwords of sites: out of the environment, the keyring of the system, or a person's head; never out of a file of ours. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { failSite } from './errors.ts'

/** Asks a person without showing what is typed; rejects where nobody is there to be asked. */
export type AskPassword = (question: string) => Promise<string>

export interface PasswordSources {
  readonly environment: NodeJS.ProcessEnv
  readonly ask: AskPassword
}

/** `nested`: of the hypervisors inside the labs of that site. */
export type PasswordFor = 'site' | 'nested'

const keyringLimitMs = 10_000

/** `NESTLAB_PASSWORD_MY_CENTER`, and `NESTLAB_NESTED_PASSWORD_MY_CENTER` for what runs inside. */
export function variableOf(site: string, of: PasswordFor): string {
  const name = site.toUpperCase().replaceAll('-', '_')
  return `NESTLAB_${of === 'nested' ? 'NESTED_' : ''}PASSWORD_${name}`
}

/** Each is asked for once in a command. */
export function passwordsFrom({ environment, ask }: PasswordSources) {
  const known = new Map<string, Promise<string>>()
  const find = async (site: string, user: string, of: PasswordFor): Promise<string> => {
    const given = environment[variableOf(site, of)]
    if (given !== undefined) return given
    const kept = await fromKeyring(site, of)
    if (kept !== undefined) return kept
    try {
      return await ask(`Password of ${user} on ${site}${of === 'nested' ? ' (nested hosts)' : ''}: `)
    } catch (error) {
      throw failSite('site-password-missing', { site, variable: variableOf(site, of) }, error)
    }
  }
  return (site: string, user: string, of: PasswordFor = 'site'): Promise<string> => {
    const key = `${site} ${of}`
    const password = known.get(key) ?? find(site, user, of)
    known.set(key, password)
    // A wrong one may be typed again.
    password.catch(() => known.delete(key))
    return password
  }
}

const attributes = (site: string, of: PasswordFor) => ['application', 'nestlab', 'site', site, 'for', of]

/** Undefined where there is no keyring, or nothing of ours in it. */
async function fromKeyring(site: string, of: PasswordFor): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('secret-tool', ['lookup', ...attributes(site, of)], {
      timeout: keyringLimitMs,
    })
    return stdout === '' ? undefined : stdout.replace(/\n$/, '')
  } catch {
    return undefined
  }
}

/** Through standard input, since others see the words of a command. */
export async function keepInKeyring(site: string, of: PasswordFor, password: string): Promise<void> {
  const words = ['store', `--label=Nestlab: ${site}`, ...attributes(site, of)]
  const child = spawn('secret-tool', words, { stdio: ['pipe', 'ignore', 'ignore'], timeout: keyringLimitMs })
  const ended = once(child, 'close')
  child.stdin.on('error', () => undefined)
  child.stdin.end(password)
  const outcome: unknown[] = await ended.catch(() => [undefined])
  if (outcome[0] !== 0) throw failSite('keyring-lacking', { site, variable: variableOf(site, of) })
}

export async function forgetInKeyring(site: string): Promise<void> {
  for (const whose of ['site', 'nested'] as const) {
    await promisify(execFile)('secret-tool', ['clear', ...attributes(site, whose)], {
      timeout: keyringLimitMs,
    }).catch(() => undefined)
  }
}
