/** Entry of the switch process: `node live-main.ts CONFIG.json`. */
import { Failure } from '#failure'
import { log } from './live/log.ts'
import { runSwitch } from './live/process.ts'

const configFile = process.argv[2]
if (configFile === undefined) {
  log('usage: node live-main.ts CONFIG.json')
  process.exit(2)
}
try {
  await runSwitch(configFile)
} catch (error) {
  log(error instanceof Failure ? `${error.message} ${error.remedy}` : String(error))
  process.exit(error instanceof Failure ? error.exitCode : 4)
}
