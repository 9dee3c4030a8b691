/** What a vSphere server does, as cases that every server for tests is held to; and where one of them is known to differ. */

import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { machineCases } from './api-machine-cases.ts'
import { networkCases } from './api-network-cases.ts'
import { serviceCases } from './api-service-cases.ts'
import type { TestPlace } from './strict-place.ts'
import type { RawAnswer } from './strict-raw.ts'

export interface CaseServer {
  readonly connection: Connection
  readonly place: TestPlace
  /** Sends the element of a method as it is, logged in. */
  raw(element: string): Promise<RawAnswer>
  /** What came of the task that a raw answer names: `success`, or the type of its fault. */
  outcome(answer: RawAnswer): Promise<string>
}

export type ServerKind = 'vcenter' | 'esxi'

export interface ApiCase {
  /** A sentence that is true of a real server. */
  readonly name: string
  /** Absent: both. */
  readonly only?: ServerKind
  /** Fails where the server does not do it. */
  prove(server: CaseServer): Promise<void>
}

export const apiCases: readonly ApiCase[] = [...serviceCases, ...machineCases, ...networkCases]

export interface Difference {
  readonly server: 'vcsim' | 'strict'
  readonly cases: readonly string[]
  readonly reason: string
}

/** A case that is listed here has to fail there, so that the list says no more than what is so. */
export const differences: readonly Difference[] = [
  {
    server: 'vcsim',
    cases: [
      'a field out of order is refused',
      'a field that there is not is refused',
      'a required field that is missing is refused',
    ],
    reason:
      'it reads requests by the names of the fields, whatever their order, and skips what it does not know',
  },
  {
    server: 'vcsim',
    cases: ['a property that no object of the type has fails the whole question'],
    reason: 'it leaves such a property out',
  },
  {
    server: 'vcsim',
    cases: ['two machines of one name in one folder are refused'],
    reason: 'it compares the names of folders, not those of machines',
  },
  {
    server: 'vcsim',
    cases: [
      'a kind of guest that there is not is refused',
      'hardware that is newer than the server is refused',
      'a disk on a controller that is not there is refused',
    ],
    reason: 'it keeps what a specification says without looking at it',
  },
  {
    server: 'vcsim',
    cases: ['memory of a machine that runs is not changed'],
    reason: 'it reconfigures machines in every power state',
  },
  {
    server: 'vcsim',
    cases: ['a revert gives the configuration back', 'a revert gives the power state back'],
    reason: 'its revert moves the mark of the current snapshot and nothing else',
  },
  {
    server: 'vcsim',
    cases: [
      'after a snapshot, what is written goes to a new file on top of the disk',
      'the disk of a linked clone lies on that of the snapshot',
      'a clone on a disk that is still written to is refused',
    ],
    reason: 'its disks have no parents',
  },
  {
    server: 'vcsim',
    cases: ['a clone keeps the settings of its source'],
    reason: 'it copies hardware only',
  },
  {
    server: 'vcsim',
    cases: ['a folder goes with the machines that are in it'],
    reason: 'it leaves them behind',
  },
  {
    server: 'vcsim',
    cases: ['a machine that runs gives a ticket for its console'],
    reason: 'it has no such method',
  },
  {
    server: 'vcsim',
    cases: ['the policies in force are those of the port group over those of its switch'],
    reason: 'it does not work them out',
  },
  {
    server: 'vcsim',
    cases: ['several changes of a network are made in one call'],
    reason: 'its UpdateNetworkConfig answers and does nothing',
  },
  {
    server: 'vcsim',
    cases: [
      'a VLAN beyond 4095 is refused',
      'a port group that a running machine is plugged into stays',
      'a distributed port group that a machine names stays',
      'a distributed port group is changed only by who knows its present version',
    ],
    reason: 'it checks neither numbers nor versions nor who uses a network',
  },
  {
    server: 'vcsim',
    cases: ['a switch goes with its port groups'],
    reason: 'it leaves them behind',
  },
]
