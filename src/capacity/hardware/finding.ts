/** What a check of a bill of materials says, in the shape in which rules speak about labs. */
import { type Source, sourceText } from '#facts'

export interface BomFinding {
  /** Stable: `hardware/fan-connector`. */
  readonly rule: string
  /** error: does not work, or not what it is for; warning: works by luck, or not for long; advice: worth knowing. */
  readonly severity: 'error' | 'warning' | 'advice'
  /** Where in the file, as `parts[1].memory`. */
  readonly at: string
  /** What is wrong with this bill. */
  readonly text: string
  /** The smallest change that helps. */
  readonly fix: string
  readonly why: string
  /** Where it is written, how sure that is, and as of which day. */
  readonly source: string
}

/** A rule without what it found. */
interface HardwareRule {
  readonly severity: BomFinding['severity']
  readonly why: string
}

const homeLab: Source = { title: 'Rick Mur, "Home Lab Server" (2014)', grade: 'S', asOf: '2026-11-28' }

const rules = {
  'unknown-part': {
    severity: 'advice',
    why: 'What is not in the catalogue may be right or wrong; nothing that depends on it is checked.',
  },
  'no-machine': {
    severity: 'error',
    why: 'What fits together is decided by the board; without one nothing else can be checked.',
  },
  'memory-not-qualified': {
    severity: 'warning',
    why: 'The maker of the board has tested the modules of its list. Any other may work, work unreliably, or not work at all.',
  },
  'memory-kind': {
    severity: 'error',
    why: 'Modules of another size, generation or buffering do not fit into the slots or do not start.',
  },
  'memory-slots': { severity: 'error', why: 'A module that has no slot cannot be used.' },
  'memory-over-maximum': {
    severity: 'error',
    why: 'Memory beyond what the board can address is not seen, or the machine does not start with it.',
  },
  'memory-too-little': {
    severity: 'error',
    why: 'Memory is what runs out first when hypervisors run inside machines: each takes its own share before it runs anything.',
  },
  'memory-ceiling': {
    severity: 'warning',
    why: 'Labs grow. Where the board takes no more memory, the next step is another machine.',
  },
  'no-headroom': {
    severity: 'warning',
    why: 'The first machine more does not fit any longer, and nothing can be added.',
  },
  'fan-connector': {
    severity: 'error',
    why: 'The board watches this connector and does not power up while nothing turns there, even if the CPU needs no fan.',
  },
  'case-airflow': {
    severity: 'warning',
    why: 'A heat sink without a fan needs moving air in the case once the CPU is busy all day, as it is in a lab.',
  },
  'nic-driver': {
    severity: 'error',
    why: 'The installer of ESXi stops when it finds no network, and a driver from elsewhere has to be added anew for every upgrade.',
  },
  'nic-driver-partly': {
    severity: 'warning',
    why: 'These ports do not exist for ESXi until a driver is added, and that again for every upgrade.',
  },
  'nic-ports': {
    severity: 'error',
    why: 'Management, storage and the networks of the lab share what ports there are.',
  },
  'sata-ports': {
    severity: 'error',
    why: 'A storage appliance needs a connector for each of its disks.',
  },
  'no-out-of-band': {
    severity: 'error',
    why: 'A machine in a closet that does not start can only be helped from afar if something in it is always on.',
  },
  'cpu-nesting': {
    severity: 'error',
    why: 'Hypervisors inside machines need VT-x with EPT, or AMD-V with NPT, of the real CPU.',
  },
  'cpu-too-old': {
    severity: 'error',
    why: 'Each version of ESXi drops CPUs of earlier years, and then does not install or not start on them.',
  },
  'cpu-unsupported': {
    severity: 'warning',
    why: 'It works with an option for old CPUs, which the next version may no longer have.',
  },
  'cpu-too-new': {
    severity: 'warning',
    why: 'A hypervisor that is older than its machine may not start there, or lack the drivers for what is in it.',
  },
  'cpu-hybrid': {
    severity: 'warning',
    why: 'ESXi expects all cores to be alike, and stops with "Fatal CPU mismatch" unless it is started with cpuUniformityHardCheckPanic=FALSE.',
  },
  'cpu-no-turbo': {
    severity: 'advice',
    why: 'QuickAssist speeds up encryption in appliances; a lab gains more from Turbo.',
  },
  'cpu-missing': { severity: 'error', why: 'The board comes with an empty socket.' },
  'cpu-socket': { severity: 'error', why: 'A CPU fits only the socket that it was made for.' },
  'case-form-factor': { severity: 'error', why: 'The holes of a larger board are not in a smaller case.' },
  'no-power-supply': { severity: 'error', why: 'Without one nothing starts.' },
} satisfies Readonly<Record<string, HardwareRule>>

export type HardwareRuleName = keyof typeof rules

export const hardwareRuleIds: readonly string[] = Object.keys(rules).map((name) => `hardware/${name}`)

export interface Found {
  readonly at: string
  readonly text: string
  readonly fix: string
  /** Where the figure was read that the finding rests on. */
  readonly source?: Source | string
}

export function finding(name: HardwareRuleName, { at, text, fix, source = homeLab }: Found): BomFinding {
  const { severity, why } = rules[name]
  const read = typeof source === 'string' ? source : sourceText(source)
  return { rule: `hardware/${name}`, severity, at, text, fix, why, source: read }
}
