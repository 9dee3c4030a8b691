/** The rules of the pack `cloud`: instances, their options, what runs in them, and the seats of classes. */
import type { Rule } from '../rule.ts'
import { hypervisor, production, windowsSeat } from './guests.ts'
import { classDepth, classSize, nestedEnabled, nestedSupport, sizeOfCloud } from './nesting.ts'
import { hibernation, securityType, spot, windowsCpus } from './options.ts'
import { automaticStop, diskFolder, diskKind, hypervGroup, nat, processorCompatibility } from './seats.ts'
import { classDates, retired } from './service.ts'

export const cloudRules: readonly Rule[] = [
  sizeOfCloud,
  nestedSupport,
  nestedEnabled,
  hypervisor,
  windowsSeat,
  spot,
  hibernation,
  windowsCpus,
  securityType,
  retired,
  production,
  classSize,
  classDepth,
  classDates,
  nat,
  hypervGroup,
  diskFolder,
  diskKind,
  processorCompatibility,
  automaticStop,
]
