/** The programs a simulated guest has. */
import type { Program } from '../shell/shell.ts'
import { fileArt } from './file-art.ts'
import { ip } from './ip.ts'
import { pingProgram } from './ping.ts'
import { system } from './system.ts'
import { textArt } from './text-art.ts'

const help: Program = (_args, { out, shell }) => {
  out(`This guest is simulated. It knows: ${namesOf(shell.options.programs)}\n`)
  return 0
}

/** A Map, so that a typed `constructor` finds nothing. */
export const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...system,
  ...fileArt,
  ...textArt,
  ['ip', ip],
  ['ping', pingProgram],
  ['help', help],
])

const namesOf = (all: ReadonlyMap<string, Program>) => [...all.keys()].sort().join(' ')
