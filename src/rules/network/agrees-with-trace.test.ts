/** What the rules say of a lab is what a frame meets in it: on the broken examples, and on random labs. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isInNetworkOf, loadLab, type Machine, machinesOf, type ResolvedLab } from '#lab'
import { type Cause, trace } from '#trace'
import { randomNetwork } from '../../../test/network/random-network.ts'
import { checkLab, type Finding, placeText } from '../check.ts'

const examples = fileURLToPath(new URL('../../../examples/broken/network/', import.meta.url))

/** The rule that finds the mistake; `undefined` where the file alone cannot call it one. */
const mistakes: Readonly<Record<string, string | undefined>> = {
  '01-answers-lost': 'network/promiscuous',
  '02-nothing-leaves': 'network/forged-transmits',
  '03-switch-says-accept': 'network/forged-transmits',
  '04-same-vlan': 'network/vlan-trunk',
  '05-one-vlan-missing': 'network/vlan-trunk',
  '06-new-vm': 'network/vlan-apart',
  '07-moved-to-distributed': 'network/forged-transmits',
  '08-learning-is-on': 'network/forged-transmits',
  '09-island': 'network/island',
  '10-two-nics': 'network/vlan-trunk',
  '11-recabled': 'network/vlan-trunk',
  '12-large-copies-hang': 'network/mtu',
  '13-hyper-v': 'network/hyperv-spoofing',
  // Several networks in one VLAN are allowed: only who asks one from the other sees that nothing routes.
  '14-three-pings-one-answer': undefined,
}

function networkFindings(lab: ResolvedLab): readonly Finding[] {
  return checkLab(lab).findings.filter(({ rule }) => rule.id.startsWith('network/'))
}

function exampleOf(name: string): ResolvedLab {
  const file = `${name}.lab.yaml`
  const { lab } = loadLab(readFileSync(`${examples}${file}`, 'utf8'), { file })
  assert.ok(lab)
  return lab
}

describe('the broken examples', () => {
  test('are all judged here', () => {
    const files = readdirSync(examples).map((file) => file.replace('.lab.yaml', ''))
    assert.deepEqual(files.sort(), Object.keys(mistakes))
  })

  for (const [name, rule] of Object.entries(mistakes)) {
    const says = rule === undefined ? 'get no finding' : `get one finding, of ${rule}`
    test(`${says}: ${name}`, () => {
      const lab = exampleOf(name)
      const findings = networkFindings(lab)
      assert.deepEqual(
        findings.map((finding) => finding.rule.id),
        rule === undefined ? [] : [rule],
      )
      const payloadBytes = name.startsWith('12') ? 4000 : 56
      const { cause } = trace(lab, { from: 'kvm/web', to: 'client', what: { kind: 'icmp' }, payloadBytes })
      assert.ok(cause)
      // In 06 two VLANs differ: trace names the one of the end it came to, the rule the one inside.
      if (findings[0] && name !== '06-new-vm') assert.equal(placeText(findings[0].at), placeText(cause.at))
    })
  }
})

const { NESTLAB_SEED, NESTLAB_LABS } = process.env
const firstSeed = Number(NESTLAB_SEED ?? 1)
const labs = Number(NESTLAB_LABS ?? (NESTLAB_SEED === undefined ? 400 : 1))

interface Pair {
  readonly from: string
  readonly to: string
  readonly cause: Cause | undefined
  /** The frame was lost at the port by which it came into the switch, not at the one that leads on. */
  readonly cameIn: boolean
}

interface Traced {
  readonly lab: ResolvedLab
  readonly pairs: readonly Pair[]
}

const known = new Map<number, Traced>()

function traced(seed: number): Traced {
  const lab = randomNetwork(seed)
  const one = known.get(seed) ?? { lab, pairs: pairsOf(lab) }
  known.set(seed, one)
  return one
}

/** Every machine with every other one of its network. */
function pairsOf(lab: ResolvedLab): readonly Pair[] {
  const machines = [...machinesOf(lab.top)]
  return machines.flatMap((from) =>
    machines.flatMap((to): Pair[] => {
      if (from === to || !shareNetwork(from, to)) return []
      const { cause, legs } = trace(lab, { from: from.path, to: to.path, what: { kind: 'icmp' } })
      const cameIn = legs.at(-1)?.hops.at(-1)?.in.id === cause?.port
      return [{ from: from.path, to: to.path, cause, cameIn }]
    }),
  )
}

function shareNetwork(one: Machine, other: Machine): boolean {
  return one.nics.some(({ address }) =>
    other.nics.some((nic) => address && nic.address && isInNetworkOf(address, nic.address.ip)),
  )
}

/** NICs that are uplinks of a switch inside, as `kvm:nic1`. */
function carriersOf(lab: ResolvedLab): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { path, hypervisor } of machinesOf(lab.top)) {
    for (const { uplinks } of hypervisor?.inside.switches ?? []) {
      for (const uplink of uplinks) if (uplink.kind === 'nic') found.add(`${path}:${uplink.name}`)
    }
  }
  return found
}

const blamedOnPolicies = ['FORGED_TRANSMIT', 'VLAN_TAGGED_ON_ACCESS', 'VLAN_NOT_ALLOWED', 'UNKNOWN_UNICAST']

/**
 * Places that may be spoken about: the setting that trace names, and the port groups of all uplinks of the switch inside,
 * of which trace takes one for the port that leads on.
 */
function placesOf(lab: ResolvedLab, { at, port, owner }: Cause): readonly string[] {
  const [path, name] = port.split(':')
  const machine = [...machinesOf(lab.top)].find((one) => one.path === path)
  const inner = machine?.hypervisor?.inside.switches.find(({ uplinks }) =>
    uplinks.some((uplink) => uplink.kind === 'nic' && uplink.name === name),
  )
  const level = owner === '' ? [] : owner.split('/').flatMap((step) => ['machines', step, 'hypervisor'])
  const groups = (inner?.uplinks ?? []).flatMap((uplink) => {
    const nic = uplink.kind === 'nic' && machine?.nics.find((one) => one.name === uplink.name)
    return nic ? [placeText([...level, 'switches', nic.switchName, 'portgroups', nic.portgroup])] : []
  })
  return at.includes('portgroups') ? groups : [placeText(at), ...groups]
}

/** A switch that learns on every port loses a frame only to an echo by its other uplink, which is no policy. */
function isEcho(lab: ResolvedLab, { reason, owner, switchName, kind }: Cause): boolean {
  const inside = [...machinesOf(lab.top)].find(({ path }) => path === owner)?.hypervisor?.inside
  const uplinks = (inside ?? lab.top).switches.find(({ name }) => name === switchName)?.uplinks ?? []
  return reason === 'UNKNOWN_UNICAST' && kind === 'learning' && uplinks.length > 1
}

describe('of random labs', () => {
  test('the rules speak about each port group at which a nested frame is lost by a policy or a VLAN', (t) => {
    let lost = 0
    for (let seed = firstSeed; seed < firstSeed + labs; seed += 1) {
      const { lab, pairs } = traced(seed)
      const carriers = carriersOf(lab)
      const places = networkFindings(lab).map(({ at }) => placeText(at))
      for (const pair of pairs) {
        const { from, to, cause, cameIn } = pair
        // A trunk that does not show a VLAN to those inside is right where nobody inside uses it.
        if (cause?.reason === 'VLAN_NOT_ALLOWED' && !cameIn) continue
        if (!cause || !blamedOnPolicies.includes(cause.reason) || !carriers.has(cause.port)) continue
        if (isEcho(lab, cause)) continue
        lost += 1
        const meant = placesOf(lab, cause)
        const spoken = places.some((one) => meant.some((place) => `${one}.`.startsWith(`${place}.`)))
        const lostAt = `${cause.reason} at ${placeText(cause.at)} (${cause.port})`
        assert.ok(spoken, `NESTLAB_SEED=${seed}: ${from} → ${to}: ${lostAt}, rules: ${places.join(' ')}`)
      }
    }
    t.diagnostic(`${labs} labs from seed ${firstSeed}, ${lost} frames lost`)
    assert.ok(lost > 0)
  })

  test('nobody is told that a policy or a VLAN is wrong where all machines of a network reach each other', (t) => {
    const loud = ['network/promiscuous', 'network/forged-transmits', 'network/vlan-trunk']
    let whole = 0
    for (let seed = firstSeed; seed < firstSeed + labs; seed += 1) {
      const { lab, pairs } = traced(seed)
      if (pairs.length === 0 || pairs.some(({ cause }) => cause)) continue
      whole += 1
      const errors = networkFindings(lab).filter(
        ({ rule, severity }) => severity === 'error' && loud.includes(rule.id),
      )
      assert.deepEqual(
        errors.map(({ text }) => text),
        [],
        `NESTLAB_SEED=${seed}`,
      )
    }
    t.diagnostic(`${whole} of ${labs} labs from seed ${firstSeed} are whole`)
    assert.ok(whole > 0)
  })
})
