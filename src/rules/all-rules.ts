/** Every rule, in the order in which the manual lists them. */
import { cloudRules } from './cloud/pack.ts'
import { clusterRules } from './cluster/pack.ts'
import { fileRules } from './file/pack.ts'
import { machineRules } from './machine/pack.ts'
import { networkRules } from './network/pack.ts'
import type { Rule } from './rule.ts'
import { storageRules } from './storage/pack.ts'
import { supportRules } from './support/pack.ts'

export const allRules: readonly Rule[] = [
  ...machineRules,
  ...networkRules,
  ...storageRules,
  ...clusterRules,
  ...cloudRules,
  ...supportRules,
  ...fileRules,
]

const byId = new Map(allRules.map((rule) => [rule.id, rule]))

export function ruleOf(id: string): Rule | undefined {
  return byId.get(id)
}
