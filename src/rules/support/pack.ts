/** The rules of the pack `support`: what makers answer for, licences, and snapshots of running hypervisors. */
import type { Rule } from '../rule.ts'
import { evaluationOver, freeEdition, perInstance, topology } from './licences.ts'
import { production } from './production.ts'
import { amdRunning, hypervHost, intelVersions } from './snapshots.ts'

export const supportRules: readonly Rule[] = [
  production,
  perInstance,
  freeEdition,
  evaluationOver,
  topology,
  amdRunning,
  intelVersions,
  hypervHost,
]
