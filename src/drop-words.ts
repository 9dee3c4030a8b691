/** Fits the switch's explanations of dropped frames to what the command line asks for. */
import type { DropText } from '#cli'
import type { LabSwitch } from '#lab'
import { dropReasons, explainDrop } from '#switch'

export function explain(reason: string, on: LabSwitch, portgroup: string): DropText | undefined {
  const known = dropReasons.find((one) => one === reason)
  const group = on.portgroups.find((one) => one.name === portgroup)
  return known && explainDrop(known, { on, ...(group ? { portgroup: group } : {}) })
}
