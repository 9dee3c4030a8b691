/** `nestlab net` as a process: what it refuses, and how it watches; frames themselves are in `test/real`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Desk, simulatedLab } from './command.ts'

test('conditions that make no sense are refused before anything is looked up', async () => {
  await using desk = await Desk.open()
  const rows: readonly [string, RegExp][] = [
    ['impair kvm-1 --delay 40', /--delay 40 is not a time of at most a minute/],
    ['impair --down', /Conditions need a machine/],
    ['impair kvm-1 --down --clear', /--clear takes no conditions/],
    ['capture kvm-1', /Nowhere to write to: -w FILE, or -w -/],
    ['capture kvm-1 -w x --count 0', /--count 0 is not a whole number from 1/],
    ['capture kvm-1 -w - --json', /standard output is the capture: leave --json out/],
    ['watch --interval 1', /--interval 1 is not a time/],
  ]
  for (const [line, told] of rows) {
    const { stderr, stdout } = await desk.expect(2, 'net', ...line.split(' '))
    assert.match(stderr + stdout, told, line)
  }
})

test('a capture is not poured over a terminal', async () => {
  await using desk = await Desk.open()
  const { code, stdout } = await desk.startOnTerminal('nestlab net capture kvm-1 -w -').ended
  assert.equal(code, 2)
  assert.match(stdout, /standard output is a terminal/)
  assert.match(stdout, /tshark -r -/)
})

test('without a lab, each verb says how to get one', async () => {
  await using desk = await Desk.open()
  for (const line of ['impair', 'capture -w x.pcapng', 'macs', 'watch']) {
    const { stderr } = await desk.expect(2, 'net', ...line.split(' '))
    assert.match(stderr, /There is no lab on this machine/, line)
  }
})

test('on simulated machines there are counters to watch, and no frames to take', async () => {
  await using desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab)
  await desk.expect(0, 'up')
  for (const line of ['impair kvm-1 --down', 'capture kvm-1 -w x.pcapng', 'macs']) {
    const { stderr } = await desk.expect(3, 'net', ...line.split(' '))
    assert.match(stderr, /site sim, where no real frames flow/, line)
  }
  assert.match((await desk.expect(2, 'net', 'impair', 'nobody', '--down')).stderr, /has no machine nobody/)
  const { stderr } = await desk.expect(2, 'net', 'impair', 'kvm-1:nic7', '--down')
  assert.match(stderr, /kvm-1 has no NIC nic7\. It has: nic0\./)

  const watching = desk.start(['net', 'watch', '--json', '--interval', '100ms'])
  const addresses = (await desk.expect(0, 'status')).stdout.match(/10\.0\.10\.\d+/g) ?? []
  await desk.run(['exec', 'kvm-1/web', '--', 'ping', '-c', '2', addresses.at(-1) ?? ''])
  await watching.printed('"kvm-1/web:nic0"')
  watching.child.kill('SIGINT')
  const { code, stdout } = await watching.ended
  assert.equal(code, 0)
  for (const line of stdout.trimEnd().split('\n')) assert.ok(JSON.parse(line).at)

  assert.equal((await desk.run(['net', 'watch', '--duration', '200ms', '--interval', '100ms'])).code, 0)
  const drawn = desk.startOnTerminal('nestlab net watch --interval 100ms')
  await drawn.printed(/kvm-1\/web:nic0 +kvm-1\/br0\/web +0\/s/)
  drawn.type('\u0003')
  // The shell around it is told of Ctrl-C too, and gives its own exit code.
  assert.match((await drawn.ended).stdout, /\[\?25h/)
})
