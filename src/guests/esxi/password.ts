/** Root passwords of ESXi: which ones it takes, and their hash, so that no ISO holds a password. */
import { execFile } from 'node:child_process'
import { errorCode, fail as failOfRoom } from '../errors.ts'
import { fail } from './errors.ts'

/**
 * ESXi asks for 7 characters of three classes ("retry=3 min=disabled,disabled,disabled,7,7", vSphere 6.0 to 8.0),
 * 5.5 for 8 of three; fewer than 40 (vSphere 8.0 Security, "ESXi Passwords").
 */
const lengths = { least: 8, most: 39 }

/** Fails with `esxi-password-weak`; the password is in no message. */
export function checkRootPassword(password: string): void {
  const reason = weakness(password)
  if (reason !== undefined) throw fail('esxi-password-weak', { reason })
}

function weakness(password: string): string | undefined {
  if (!/^[\x21-\x7e]*$/.test(password))
    return 'it holds a space, a control character or one that is not ASCII'
  const { length } = password
  if (length < lengths.least) return `it has ${length} characters; the fewest are ${lengths.least}`
  if (length > lengths.most) return `it has ${length} characters; the most are ${lengths.most}`
  const counted = password.replace(/^[A-Z]/, '').replace(/[0-9]$/, '')
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((one) => one.test(counted)).length
  if (classes < 3) return `it counts as ${classes === 1 ? 'one kind' : `${classes} kinds`} of characters`
  if (/root/i.test(password)) return 'it holds the name of the user'
  return undefined
}

/** What `crypt` calls $6$: SHA-512 with 5000 rounds, as every ESXi since 5.0 writes it. */
export function isPasswordHash(text: string): boolean {
  return /^\$6\$[./0-9A-Za-z]{8,16}\$[./0-9A-Za-z]{86}$/.test(text)
}

/** Checks the password and hashes it with a salt of its own. It reaches OpenSSL through a pipe: arguments can be seen by others. */
export async function hashRootPassword(password: string, signal: AbortSignal): Promise<string> {
  checkRootPassword(password)
  const hash = await runOpenssl(`${password}\n`, signal)
  if (!isPasswordHash(hash)) throw fail('esxi-password-not-hashed', { reason: 'the answer is no hash' })
  return hash
}

function runOpenssl(input: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C' }
    const child = execFile('openssl', ['passwd', '-6', '-stdin'], { signal, env }, (error, stdout) => {
      if (!error) resolve(stdout.trim())
      else if (signal.aborted) reject(signal.reason)
      else if (errorCode(error) === 'ENOENT')
        reject(failOfRoom('tool-missing', { tool: 'openssl', packageName: 'openssl' }, error))
      else reject(fail('esxi-password-not-hashed', { reason: `openssl ended with ${error.code}` }))
    })
    // When it is gone already, why is said above.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
