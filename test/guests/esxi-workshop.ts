/** A folder to make kickstart ISOs in, gone when its test has ended. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeKickstartIso } from '#guests'
import { fullSettings, type plainSettings } from '../../src/guests/esxi/settings.fixture.ts'

export const signal = AbortSignal.timeout(120_000)

export interface Workshop {
  readonly folder: string
  readonly output: string
  readonly make: (iso: string, kickstart?: typeof plainSettings) => ReturnType<typeof makeKickstartIso>
}

export function workshop(t: TestContext): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-esxi-iso-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const scratch = join(folder, 'scratch')
  mkdirSync(scratch)
  const output = join(folder, 'out.iso')
  const make: Workshop['make'] = (iso, kickstart = fullSettings) =>
    makeKickstartIso({ iso, kickstart, output, scratch, signal })
  return { folder, output, make }
}
