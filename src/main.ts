/** Introduces the rooms to each other and starts the command line; the only file that knows them all. */

import { askPassword, runCli } from '#cli'
import manifest from '../package.json' with { type: 'json' }
import { makeServices } from './services.ts'

process.stdout.on('error', endQuietly)

const environment = { ...process.env }
// Programs that are started inherit the rest, and no passwords.
for (const name of Object.keys(environment)) if (/^NESTLAB_\w*PASSWORD/.test(name)) delete process.env[name]

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  environment,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  version: manifest.version,
  services: makeServices(environment, (question) => askPassword(process, question)),
})

/** A reader such as `head` may leave before we have said everything. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}
