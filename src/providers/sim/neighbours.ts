/** The table of neighbours of a simulated guest, kept as the file in which a real one shows it. */
import { machineIn, type Place } from './life.ts'
import { levelOf, type Park, withLevel, withMachine } from './park.ts'

const file = '/proc/net/arp'
const head = 'IP address       HW type     Flags       HW address            Mask     Device\n'

export interface Asked {
  readonly ip: string
  readonly nic: string
  /** Absent when nobody answered. */
  readonly mac: string | undefined
}

/** The park in which the guest remembers who answered for an address, or that nobody did. */
export function withNeighbour(park: Park, place: Place, { ip, mac, nic }: Asked): Park {
  const machine = machineIn(park, place)
  const kept = machine.files.find(({ path }) => path === file)?.content ?? ''
  const rows = Buffer.from(kept, 'base64').toString().split('\n').slice(1)
  const others = rows.filter((row) => row !== '' && row.split(' ')[0] !== ip)
  const row = `${ip.padEnd(16)} 0x1         0x2         ${mac}     *        ${nic}`
  const table = [...others, ...(mac === undefined ? [] : [row])].map((line) => `${line}\n`).join('')
  const content = Buffer.from(head + table).toString('base64')
  if (content === kept) return park
  const files = [...machine.files.filter(({ path }) => path !== file), { path: file, content }]
  return withLevel(park, withMachine(levelOf(park, place.owner), { ...machine, files }))
}
