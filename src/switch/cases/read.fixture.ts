/**
 * For tests: makes cases of the compact rows of the table.
 *
 * A row is a title, the letters of the ports, and the frames sent one after the other, divided by `;`:
 *
 *     wait +300s  FROM[:SOURCE]>TO[#TAG]…[/BYTES] [= OUTCOME]
 *
 * `A>B` is a frame from A's MAC to B's, `N:x>*` a broadcast that N sends with the MAC of x, who is nowhere. `m`, `n`
 * and `b` are two multicast groups and the one of bridges. `#10` is a tag, `#p10` one with a priority, `@20` a service tag
 * (QinQ); `/1514` the length of the whole frame, 60 by default.
 */
import { type SwitchPort, type SwitchSpec, type UplinkSpec, uplinkPortOf, type VnicPort } from '../spec.ts'
import type { Case, CasePort, Step } from './case.fixture.ts'
import type { Tweaks } from './world.fixture.ts'
import { groupsOf, home, uplinks } from './world.fixture.ts'

export type Row = readonly [title: string, ports: string, steps: string, tweaks?: Tweaks]

export function casesOf(section: string, rows: readonly Row[], tweaks: Tweaks = {}): readonly Case[] {
  return rows.map(([title, letters, steps, own = {}]) => {
    const all = { ...tweaks, ...own, groups: { ...tweaks.groups, ...own.groups } }
    const ports = [...letters].map((letter) => casePort(letter, all))
    return {
      title: `${section}: ${title}`,
      on: specOf(ports, all),
      ports,
      steps: steps.split(';').map((text) => readStep(text.trim())),
    }
  })
}

function specOf(ports: readonly CasePort[], tweaks: Tweaks): SwitchSpec {
  const { groups, ports: _, kind = 'standard', mtu = 1500, ...settings } = tweaks
  const ways = ports.flatMap(({ uplink }): readonly UplinkSpec[] => (uplink ? [uplink] : []))
  return { name: 'vSwitch0', kind, mtu, ...settings, uplinks: ways, portgroups: groupsOf(kind, groups) }
}

function casePort(letter: string, { ports }: Tweaks): CasePort {
  const uplink = uplinks[letter]
  if (uplink) return { letter, port: uplinkPortOf(uplink), uplink }
  const change = ports?.[letter]
  const portgroup = home[letter]
  if (portgroup === undefined) throw new RangeError(`no port is called ${letter}`)
  const port: VnicPort = {
    kind: 'vnic',
    id: letter,
    portgroup,
    initialMac: macOf(letter),
    effectiveMac: macOf(change?.mac ?? letter),
    guestPromiscuous: change?.guestPromiscuous ?? true,
    ...(change?.multicast !== undefined && { multicast: [...change.multicast].map(macOf) }),
  }
  return { letter, port: port satisfies SwitchPort }
}

const groupMacs: Readonly<Record<string, string>> = {
  '*': 'ff:ff:ff:ff:ff:ff',
  m: '01:00:5e:00:00:fb',
  n: '33:33:00:00:00:01',
  b: '01:80:c2:00:00:00',
}

/** A letter is a MAC that ends in the letter's code. */
export function macOf(letter: string): string {
  return groupMacs[letter] ?? `02:00:00:00:00:${letter.charCodeAt(0).toString(16)}`
}

const form = /^(?:wait \+(\d+)s +)?(\w)(?::([\w*]))?>([\w*])((?:[#@]p?\d+)*)(?:\/(\d+))?(?: = ?(.*))?$/

function readStep(text: string): Step {
  const match = form.exec(text)
  if (!match) throw new RangeError(`not a step: ${text}`)
  const [, wait, from = '', source, to = '', tags = '', bytes, expected] = match
  const frame = frameOf({ from: source ?? from, to, tags, bytes: Number(bytes ?? 60) })
  return { text, waitS: Number(wait ?? 0), from, frame, ...(expected !== undefined && { expected }) }
}

function frameOf(sent: { from: string; to: string; tags: string; bytes: number }): Uint8Array {
  const tags = (sent.tags.match(/[#@]p?\d+/g) ?? []).map((tag) => {
    const priority = tag.charAt(1) === 'p' ? 0xa000 : 0
    const word = (priority + Number(tag.replace(/\D/g, ''))).toString(16).padStart(4, '0')
    return (tag.startsWith('@') ? '88a8' : '8100') + word
  })
  const addresses = (macOf(sent.to) + macOf(sent.from)).replaceAll(':', '')
  const head = Buffer.from(`${addresses}${tags.join('')}88b5`, 'hex')
  const body = Buffer.from(
    Array.from({ length: Math.max(0, sent.bytes - head.length) }, (_, at) => at & 0xff),
  )
  return new Uint8Array(Buffer.concat([head, body])).subarray(0, sent.bytes)
}
