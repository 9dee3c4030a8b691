/** Entry of the process that serves an uplink: `node serve-main.ts CONFIG PIDFILE`. */
import { log } from './log.ts'
import { serveUplink } from './serve.ts'

const [configFile, pidFile] = process.argv.slice(2)
if (configFile === undefined || pidFile === undefined) {
  log('usage: node serve-main.ts CONFIG PIDFILE')
  process.exit(2)
}
try {
  await serveUplink(configFile, pidFile)
} catch (error) {
  log(`cannot serve: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(4)
}
