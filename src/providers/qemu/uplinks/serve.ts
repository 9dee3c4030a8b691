/** The life of a process that serves one uplink: `node serve-main.ts CONFIG PIDFILE`. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { parseServeConfig } from './config.ts'
import { log, seldom } from './log.ts'
import { serveNat } from './nat-relay.ts'
import type { Served, Serving } from './serving.ts'
import { serveTunnel } from './tunnel.ts'

/** Returns once it serves; the pid file is there from then on, until the process gets SIGTERM. */
export async function serveUplink(configFile: string, pidFile: string): Promise<void> {
  process.umask(0o077)
  const config = parseServeConfig(readFileSync(configFile, 'utf8'))
  const counts = { refused: 0, dropped: 0 }
  const serving: Serving = {
    socket: config.socket,
    say: seldom(log),
    count(what, frames = 1) {
      counts[what] += frames
    },
    nowMs: () => performance.now(),
  }
  // What is there was left by a process that did not take leave; whoever starts us made sure that none runs.
  rmSync(config.socket, { force: true })
  const served = await (config.kind === 'nat' ? serveNat(config, serving) : serveTunnel(config, serving))
  writeWhole(pidFile, `${process.pid}\n`)
  log(`serves ${config.kind}, pid ${process.pid}`)
  endWhenAsked(served, () => {
    rmSync(config.socket, { force: true })
    rmSync(pidFile, { force: true })
    log(`ends; ${counts.refused} frames refused, ${counts.dropped} dropped`)
  })
}

function endWhenAsked(served: Served, leave: () => void): void {
  let asked = false
  const end = () => {
    if (asked) return
    asked = true
    served.close()
    leave()
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  process.on('SIGHUP', () => {})
}

function writeWhole(file: string, text: string): void {
  const beside = `${file}.new`
  writeFileSync(beside, text, { mode: 0o600 })
  renameSync(beside, file)
}
