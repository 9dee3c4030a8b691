/** The rules of the pack `machine`: processors, nesting, virtual hardware, memory, tools, appliances. */
import type { Rule } from '../rule.ts'
import { applianceSize } from './appliances.ts'
import { nicDriver, nicModel } from './cards.ts'
import { modelHidesVirtualization } from './cpu-model.ts'
import { cpuMinimum, moreThanHost, topology } from './cpus.ts'
import { executionMode, exposure, exposureKey, passthroughExcludesExposure } from './exposure.ts'
import { guestType } from './guest-type.ts'
import { firmware, limits, version, webClient } from './hardware-version.ts'
import { accelerator, hostPassesOn, hostVbs, twoHypervisors } from './host-software.ts'
import { configVersion, hypervMemory } from './hyperv-machine.ts'
import { hostFit, hostSize, innerFit, memoryMinimum, memoryRecommended } from './memory.ts'
import { depth, hostVersion, hypervOnKvm, supported } from './nesting.ts'
import {
  firmwareVirtualization,
  generation,
  hybridCores,
  is64bit,
  isX86,
  knownGeneration,
  vmcsShadowing,
} from './processor.ts'
import { refusedGeneration, xsave } from './processor-versions.ts'
import { innerTools, nestedTools } from './tools.ts'
import { vbs } from './vbs.ts'

export const machineRules: readonly Rule[] = [
  isX86,
  is64bit,
  generation,
  knownGeneration,
  firmwareVirtualization,
  xsave,
  refusedGeneration,
  vmcsShadowing,
  hybridCores,
  exposure,
  exposureKey,
  passthroughExcludesExposure,
  executionMode,
  modelHidesVirtualization,
  hostPassesOn,
  hostVbs,
  twoHypervisors,
  accelerator,
  cpuMinimum,
  moreThanHost,
  supported,
  hostVersion,
  hypervOnKvm,
  depth,
  version,
  limits,
  firmware,
  webClient,
  guestType,
  topology,
  nicDriver,
  nicModel,
  configVersion,
  hypervMemory,
  vbs,
  memoryMinimum,
  memoryRecommended,
  innerFit,
  hostFit,
  hostSize,
  nestedTools,
  innerTools,
  applianceSize,
]
