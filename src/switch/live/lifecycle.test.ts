/** The life of the switch process: alone for its lab, reloaded while it runs, killed, restarted, ended. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Failure } from '#failure'
import type { SwitchSpec } from '../spec.ts'
import { frameOf, groups, macOf, spec } from '../truth-table.fixture.ts'
import { SwitchControl, switchAlive } from './client.ts'
import { configDigest, type LiveConfig } from './config.ts'
import { Bench, type BenchPort, until } from './peers.fixture.ts'
import { applySwitch, startSwitch, stopSwitch } from './start.ts'

function inGroup(portgroup: string, ...ids: string[]): BenchPort[] {
  return ids.map((id) => ({ id, switchName: spec.name, portgroup, initialMac: macOf(id) }))
}

async function onBench(ports: BenchPort[], use: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start([spec], ports)
  try {
    await use(bench)
  } finally {
    await bench.end()
  }
}

const fails = (code: string) => (error: Failure) => error.code === code

async function pidOf(bench: Bench): Promise<number> {
  return (await bench.control.ping()).pid
}

async function ended(pid: number): Promise<void> {
  await until('the process has gone', () => !existsSync(`/proc/${pid}`) || isZombie(pid))
}

function isZombie(pid: number): boolean {
  return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** Sends numbered frames and returns when the receiver has them; nothing else may arrive. */
async function passes(bench: Bench, from: string, to: string): Promise<void> {
  bench.peer(to).clear()
  bench.peer(from).send(frameOf(from, { to }))
  await until(`${from} reaches ${to}`, () => bench.peer(to).received.length === 1)
}

test('a killed switch started again finds the machines that are still there', async () => {
  await onBench(inGroup('web', 'A', 'B'), async (bench) => {
    await passes(bench, 'A', 'B')
    const pid = await pidOf(bench)
    process.kill(pid, 'SIGKILL')
    await until('its peers have noticed', () => !bench.peer('A').connected && !bench.peer('B').connected)
    assert.equal(await switchAlive(bench.config.controlSocket), false)
    assert.ok(existsSync(bench.config.controlSocket), 'a killed process leaves its socket')
    await bench.restart()
    assert.notEqual(await pidOf(bench), pid)
    await passes(bench, 'A', 'B')
  })
})

test('a second switch of the same lab refuses to start', async () => {
  await onBench(inGroup('web', 'A'), async (bench) => {
    await assert.rejects(startSwitch(bench.launch), fails('switch-running'))
    const child = spawn(process.execPath, [bench.launch.entry, bench.launch.configFile], { stdio: 'pipe' })
    const [said] = (await once(child.stderr, 'data')) as [Buffer]
    const [code] = await once(child, 'exit')
    assert.equal(code, 4)
    assert.match(String(said), /A switch process of lab bench is running already/)
    assert.equal((await bench.control.ping()).lab, 'bench')
  })
})

test('of two started at once exactly one runs', async () => {
  await onBench(inGroup('web', 'A'), async (bench) => {
    process.kill(await pidOf(bench), 'SIGKILL')
    await until('it has gone', async () => !(await switchAlive(bench.config.controlSocket)))
    const starts = [1, 2, 3].map(() =>
      spawn(process.execPath, [bench.launch.entry, bench.launch.configFile], { stdio: 'ignore' }),
    )
    let refused = 0
    for (const child of starts) {
      child.on('exit', (code) => {
        if (code === 4) refused += 1
      })
    }
    await until('the others have given up', () => refused === 2)
    await until('one answers', () => switchAlive(bench.config.controlSocket))
    await bench.control.close()
  })
})

test('SIGTERM ends the switch and removes its socket and pid file', async () => {
  await onBench(inGroup('web', 'A'), async (bench) => {
    const pid = await pidOf(bench)
    const written = JSON.parse(readFileSync(bench.config.pidFile ?? '', 'utf8'))
    assert.equal(written.pid, pid)
    process.kill(pid, 'SIGTERM')
    await ended(pid)
    assert.equal(existsSync(bench.config.controlSocket), false)
    assert.equal(existsSync(bench.config.pidFile ?? ''), false)
  })
})

test('stop takes socket and pid file away before it answers', async () => {
  await onBench(inGroup('web', 'A'), async (bench) => {
    const pid = await pidOf(bench)
    await bench.control.stop()
    assert.equal(existsSync(bench.config.controlSocket), false)
    assert.equal(existsSync(bench.config.pidFile ?? ''), false)
    await ended(pid)
  })
})

test('stopSwitch ends a process that does not answer, and only the one the pid file means', async () => {
  await onBench(inGroup('web', 'A'), async (bench) => {
    const pid = await pidOf(bench)
    bench.control.close()
    execFileSync('rm', [bench.config.controlSocket])
    assert.equal(await stopSwitch(bench.config), true)
    await ended(pid)
    assert.equal(await stopSwitch(bench.config), false)
    const innocent = spawn('sleep', ['60'])
    writeFileSync(bench.config.pidFile ?? '', JSON.stringify({ pid: innocent.pid, startTicks: 1 }))
    assert.equal(await stopSwitch(bench.config), false)
    assert.equal(innocent.exitCode, null)
    innocent.kill()
  })
})

test('the switch outlives whoever started it, and a terminal that hangs up', async () => {
  await onBench(inGroup('web', 'A', 'B'), async (bench) => {
    await stopSwitch(bench.config)
    const starter = `
      import { startSwitch } from ${JSON.stringify(join(import.meta.dirname, 'start.ts'))}
      const control = await startSwitch(${JSON.stringify(bench.launch)})
      control.close()`
    execFileSync(process.execPath, ['--input-type=module', '-e', starter])
    const control = await SwitchControl.connect(bench.config.controlSocket)
    const { pid } = await control.ping()
    process.kill(pid, 'SIGHUP')
    assert.equal((await control.ping()).pid, pid)
    assert.equal(
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3],
      String(pid),
      'own session',
    )
    control.close()
  })
})

test('a start that fails says what the process said', async () => {
  await onBench(inGroup('web', 'A'), async (bench) => {
    await stopSwitch(bench.config)
    await assert.rejects(startSwitch({ ...bench.launch, node: '/nowhere/node' }), /ENOENT/)
    const wrongEntry = { ...bench.launch, entry: join(bench.folder, 'missing.js') }
    await assert.rejects(startSwitch(wrongEntry), (error: Failure) => {
      return error.code === 'switch-start' && /Cannot find module/.test(error.message)
    })
    const stopped = { ...bench.launch, signal: AbortSignal.abort() }
    await assert.rejects(startSwitch(stopped), { name: 'AbortError' })
    assert.equal(await switchAlive(bench.config.controlSocket), false)
  })
})

test('applySwitch starts what is not there and reloads what is, and the file says the same', async () => {
  await onBench(inGroup('web', 'A', 'B'), async (bench) => {
    const fewer: LiveConfig = { ...bench.config, ports: bench.config.ports.slice(0, 1) }
    const pid = await pidOf(bench)
    assert.equal(await applySwitch({ ...bench.launch, config: fewer }), 'reloaded')
    assert.equal((await bench.control.ping()).digest, configDigest(fewer))
    assert.equal(JSON.parse(readFileSync(bench.launch.configFile, 'utf8')).ports.length, 1)
    await stopSwitch(bench.config)
    assert.equal(await applySwitch(bench.launch), 'started')
    assert.notEqual((await (await SwitchControl.connect(bench.config.controlSocket)).ping()).pid, pid)
  })
})

test('a changed policy takes effect while frames flow, and frames that both versions pass are not lost', async () => {
  await onBench([...inGroup('web', 'A', 'B'), ...inGroup('forge', 'G')], async (bench) => {
    const versionOf = (verdict: 'accept' | 'reject', ports: LiveConfig['ports']): LiveConfig => {
      const forge = { ...groups.forge, security: { ...groups.forge?.security, forgedTransmits: verdict } }
      const portgroups = [...spec.portgroups.filter(({ name }) => name !== 'forge'), forge]
      return { ...bench.config, switches: [{ ...spec, portgroups } as SwitchSpec], ports }
    }
    let sent = 0
    for (let i = 0; i < 60; i++) {
      const ports = i % 3 === 0 ? bench.config.ports.slice(0, 2) : bench.config.ports
      const reloaded = bench.control.reload(versionOf(i % 2 === 0 ? 'reject' : 'accept', ports))
      for (let k = 0; k < 50; k++) bench.peer('A').send(frameOf('A', { to: 'B', bytes: 1000 }))
      sent += 50
      await reloaded
      await until('all have arrived', () => bench.peer('B').received.length === sent)
    }
    assert.equal((await bench.stats('A')).lost + (await bench.stats('B')).lost, 0)
    await bench.control.reload(versionOf('accept', bench.config.ports))
    await bench.allConnected()
    const had = (await bench.stats('G')).received
    bench.peer('G').send(frameOf('G', { to: 'B', as: 'Z' }))
    await until('a forged frame passes', () => bench.peer('B').received.length === sent + 1)
    await bench.control.reload(versionOf('reject', bench.config.ports))
    bench.peer('G').send(frameOf('G', { to: 'B', as: 'Z' }))
    await until('the next has been read', async () => (await bench.stats('G')).received === had + 2)
    assert.deepEqual((await bench.stats('G')).dropped, { FORGED_TRANSMIT: 1 })
  })
})

test('a damaged configuration is refused by name and the old one stays in force', async () => {
  await onBench(inGroup('web', 'A', 'B'), async (bench) => {
    const { digest } = await bench.control.ping()
    const damaged = {
      ...bench.config,
      ports: [{ ...bench.config.ports[0], portgroup: 'gone' }],
    } as LiveConfig
    await assert.rejects(
      bench.control.reload(damaged),
      /ports\[0\]\.portgroup names no port group of vSwitch0: gone/,
    )
    const moved = { ...bench.config, controlSocket: join(bench.folder, 'other') }
    await assert.rejects(bench.control.reload(moved), /controlSocket cannot change while the switch runs/)
    assert.equal((await bench.control.ping()).digest, digest)
    await passes(bench, 'A', 'B')
  })
})

test('clients that send garbage, nothing or too much, or do not read, do not hurt the switch', async () => {
  await onBench(inGroup('web', 'A', 'B'), async (bench) => {
    const path = bench.config.controlSocket
    const garbage = connect(path)
    garbage.on('error', () => {})
    garbage.resume().write('GET / HTTP/1.1\r\n\r\n')
    await until('it was let go', () => garbage.destroyed)
    const endless = connect(path)
    endless.on('error', () => {})
    const piece = Buffer.alloc(1_048_576, 'x')
    const pour = () => {
      while (endless.writable && endless.write(piece));
    }
    endless.on('drain', pour)
    pour()
    await until('it was let go as well', () => endless.destroyed)
    const idle = Array.from({ length: 100 }, () => connect(path).on('error', () => {}))
    const deaf = connect(path)
    deaf.on('error', () => {})
    deaf.pause()
    for (let i = 0; i < 20_000; i++) deaf.write('{"id":1,"do":"stats"}\n')
    const control = await SwitchControl.connect(path)
    assert.equal((await control.ping()).lab, 'bench')
    await until('A reaches B', async () => {
      await passes(bench, 'A', 'B')
      return true
    })
    control.close()
    for (const socket of [...idle, deaf]) socket.destroy()
    await bench.restartControl()
  })
})

test('a request the switch does not know is refused, and the connection goes on', async () => {
  await onBench([], async (bench) => {
    const raw = connect(bench.config.controlSocket)
    raw.write('{"id":"x","do":"fly"}\n{"id":2,"do":"toString"}\n{"id":3,"do":"ping"}\n')
    let said = ''
    raw.on('data', (chunk) => {
      said += chunk
    })
    await until('three answers', () => said.split('\n').length === 4)
    const answers = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      answers.map(({ id, ok }) => [id, ok]),
      [
        ['x', false],
        [2, false],
        [3, true],
      ],
    )
    raw.destroy()
  })
})

test('the control socket and what is written beside it are closed to others', async () => {
  await onBench([], async (bench) => {
    const { config, configFile, logFile } = bench.launch
    for (const path of [config.controlSocket, config.pidFile ?? '', configFile, logFile]) {
      assert.equal(statSync(path).mode & 0o777, 0o600, path)
    }
  })
})
