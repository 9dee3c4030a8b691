/** The real command with a site of its own, in front of which somebody writes down what is asked of the server. */
import assert from 'node:assert/strict'
import { Desk, type Ended, type RunOptions } from '../cli/command.ts'
import { nestedPassword } from './site-bench.ts'
import type { Vcsim } from './vcsim.ts'
import { startWitness, type Witness } from './witness.ts'

export interface CommandBench extends AsyncDisposable {
  readonly desk: Desk
  readonly witness: Witness
  run(args: readonly string[], more?: RunOptions): Promise<Ended>
}

/** Passwords as the commands are given them. */
export function variablesOf({ password }: Vcsim): Readonly<Record<string, string>> {
  return { NESTLAB_PASSWORD_HOME: password, NESTLAB_NESTED_PASSWORD_HOME: nestedPassword }
}

/** Adds the site `home`. `settings`: further ones, as `nestlab site set` takes them. */
export async function openCommandBench(
  vcsim: Vcsim,
  settings: Readonly<Record<string, string>> = {},
): Promise<CommandBench> {
  const [desk, witness] = await Promise.all([Desk.open(), startWitness(vcsim.url)])
  const run = (args: readonly string[], { environment, ...more }: RunOptions = {}) =>
    desk.run(args, { ...more, environment: environment ?? variablesOf(vcsim) })
  const wanted = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(args)
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`)
  }
  const adding = ['--user', vcsim.user, '--fingerprint', witness.fingerprint]
  await wanted('site', 'add', 'home', witness.url.href, ...adding)
  const usual = { proof: 'power', emptyDisks: 'true', clusters: 'create', 'nested.user': 'root' }
  for (const [key, value] of Object.entries({ ...usual, ...settings }))
    await wanted('site', 'set', 'home', key, value)
  return {
    desk,
    witness,
    run,
    [Symbol.asyncDispose]: async () => {
      await desk[Symbol.asyncDispose]()
      await witness[Symbol.asyncDispose]()
    },
  }
}
