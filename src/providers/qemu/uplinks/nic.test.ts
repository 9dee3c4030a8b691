/** What is done to NICs of a machine, in a network namespace of its own; no QEMU is needed for it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { levelPaths, uplinkPaths } from '#store'
import { nicDownScript, nicMark, nicUpScript } from './nic-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'nestlab-nic-'))
const level = levelPaths({ state: folder, run: folder }, 'demo')
const paths = uplinkPaths(level, 's', 'eth1')
let keeper: ChildProcess

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function inside(script: string, path = process.env.PATH): Ended {
  const argv = ['-t', String(keeper.pid), '-U', '-n', '-m', '--preserve-credentials', '--', 'sh', '-s']
  const env = { ...process.env, PATH: path }
  const { status, stdout, stderr } = spawnSync('nsenter', argv, {
    input: `set -eu\n${script}\n`,
    env,
    encoding: 'utf8',
  })
  return { code: status, stdout, stderr }
}

function must(script: string): string {
  const { code, stdout, stderr } = inside(script)
  assert.equal(code, 0, `${script}\n${stderr}`)
  return stdout
}

/** Links, whether they are switched on, and their masters; their numbers, MACs and carriers are not of interest. */
function links(): string {
  const lines = must('ip -o link show')
    .split('\n')
    .filter((line) => line !== '')
  const told = lines.map((line) => {
    const [, name = '', flags = ''] = /^\d+: ([^:@]+)[^:]*: <([^>]*)>/.exec(line) ?? []
    const [, master] = / master (\S+)/.exec(line) ?? []
    return [name, flags.split(',').includes('UP') ? 'up' : 'down', ...(master ? ['in', master] : [])].join(
      ' ',
    )
  })
  return told.join('\n')
}

before(async () => {
  const ready = 'mount -t sysfs sysfs /sys; echo ready; exec sleep 3600'
  keeper = spawn('unshare', ['-Urnm', 'sh', '-c', ready], { stdio: ['ignore', 'pipe', 'inherit'] })
  assert.ok(keeper.stdout)
  await once(keeper.stdout, 'data')
  must(`mkdir -p ${paths.state}
ip link set lo up
ip link add eth1 type veth peer name far1
ip link set far1 up
ip link add br9 type bridge
ip link set br9 up`)
})

after(() => {
  keeper?.kill()
  rmSync(folder, { recursive: true, force: true })
})

test('a NIC is wired to a tap by a bridge, twice is as once, and all of it goes again', () => {
  const before = links()
  must(nicUpScript('eth1', paths))
  const wired = links()
  assert.match(wired, /^nlt-[0-9a-f]{8} up in nlb-/m)
  assert.match(wired, /^eth1 up in nlb-/m)
  must(nicUpScript('eth1', paths))
  assert.equal(links(), wired)
  must(nicDownScript(paths))
  assert.equal(links(), before)
  must(nicDownScript(paths))
})

test('a bridge gets the tap as one port more and stays as it is', () => {
  const before = links()
  must(nicUpScript('br9', paths))
  assert.match(links(), /^nlt-[0-9a-f]{8} up in br9/m)
  assert.doesNotMatch(links(), /nlb-/)
  must(nicDownScript(paths))
  assert.equal(links(), before)
})

test('wherever it is cut off, taking it back leaves the links as they were', () => {
  const before = links()
  const real = must('command -v ip').trim()
  const bin = join(folder, 'bin')
  must(`mkdir -p ${bin}`)
  writeFileSync(
    join(bin, 'ip'),
    `#!/bin/sh\nread -r left < ${folder}/left\n[ "$left" -gt 0 ] || exit 9\necho $((left - 1)) > ${folder}/left\nexec ${real} "$@"\n`,
  )
  chmodSync(join(bin, 'ip'), 0o755)
  let cuts = 0
  for (;;) {
    writeFileSync(join(folder, 'left'), `${cuts}\n`)
    const { code } = inside(nicUpScript('eth1', paths), `${bin}:${process.env.PATH}`)
    must(nicDownScript(paths))
    assert.equal(links(), before, `cut off after ${cuts} calls`)
    if (code === 0) break
    cuts += 1
  }
  assert.ok(cuts > 5, `it called ip ${cuts} times`)
})

test('NICs that this machine needs, or that cannot do it, are refused without a change', () => {
  const refusals: readonly (readonly [nic: string, prepare: string, reason: string, undo: string])[] = [
    ['eth9', '', 'unknown', ''],
    ['lo', '', 'loopback', ''],
    ['eth1', 'ip addr add 10.99.0.1/24 dev eth1', 'addresses', 'ip addr flush dev eth1'],
    ['eth1', 'ip link set eth1 master br9', 'port br9', 'ip link set eth1 nomaster'],
    [
      'eth1',
      'ip link set eth1 up; ip route add default dev eth1',
      'addresses',
      'ip route flush dev eth1; ip link set eth1 down',
    ],
  ]
  for (const [nic, prepare, reason, undo] of refusals) {
    must(prepare)
    const before = links()
    const { code, stderr } = inside(nicUpScript(nic, paths))
    assert.equal(code, 1)
    assert.ok(stderr.includes(`${nicMark} ${reason}`), `${nic} ${prepare}: ${stderr}`)
    assert.equal(links(), before)
    must(undo)
  }
})

test('without the right to change links nothing is tried', () => {
  const { stderr } = inside(`exec setpriv --bounding-set -net_admin --inh-caps -net_admin sh -s <<'script'
set -eu
${nicUpScript('eth1', paths).replaceAll('END', 'CAPS')}
script`)
  assert.match(stderr, new RegExp(`${nicMark} rights`))
})

test('a name out of the file is never a command', () => {
  const { stderr } = inside(nicUpScript("$(touch /tmp/x)';ls;'", paths))
  assert.match(stderr, new RegExp(`${nicMark} unknown`))
})
