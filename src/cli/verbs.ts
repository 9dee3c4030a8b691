/** Every verb, in the order of the help: a lab's life first, then its machines, then this machine. */
import type { Verb } from './verb.ts'
import { balance } from './verbs/balance.ts'
import { blueprint } from './verbs/blueprint.ts'
import { check } from './verbs/check.ts'
import { classVerb } from './verbs/class.ts'
import { clone } from './verbs/clone.ts'
import { completion } from './verbs/completion.ts'
import { console } from './verbs/console.ts'
import { doctor } from './verbs/doctor.ts'
import { down } from './verbs/down.ts'
import { esxi } from './verbs/esxi.ts'
import { exec } from './verbs/exec.ts'
import { failVerb } from './verbs/fail.ts'
import { freeze, thaw } from './verbs/freeze.ts'
import { hardware } from './verbs/hardware.ts'
import { image } from './verbs/image.ts'
import { importVerb } from './verbs/import.ts'
import { init } from './verbs/init.ts'
import { logs } from './verbs/logs.ts'
import { ls } from './verbs/ls.ts'
import { migrate } from './verbs/migrate.ts'
import { net } from './verbs/net.ts'
import { plan } from './verbs/plan.ts'
import { revert } from './verbs/revert.ts'
import { schema } from './verbs/schema.ts'
import { show } from './verbs/show.ts'
import { site } from './verbs/site.ts'
import { size } from './verbs/size.ts'
import { snapshot } from './verbs/snapshot.ts'
import { ssh } from './verbs/ssh.ts'
import { start } from './verbs/start.ts'
import { status } from './verbs/status.ts'
import { stop } from './verbs/stop.ts'
import { test } from './verbs/test.ts'
import { trace } from './verbs/trace.ts'
import { up } from './verbs/up.ts'
import { warm } from './verbs/warm.ts'

export const verbs: readonly Verb[] = [
  init,
  check,
  show,
  trace,
  size,
  plan,
  up,
  status,
  test,
  ls,
  exec,
  ssh,
  console,
  logs,
  stop,
  start,
  snapshot,
  revert,
  clone,
  migrate,
  failVerb,
  balance,
  freeze,
  thaw,
  warm,
  blueprint,
  down,
  classVerb,
  image,
  net,
  site,
  importVerb,
  esxi,
  hardware,
  doctor,
  schema,
  completion,
]
