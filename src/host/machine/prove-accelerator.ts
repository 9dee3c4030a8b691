/**
 * Whether machines can run with KVM here, proven by running one: a /dev/kvm that opens and creates a machine can
 * still spin for ever on an ordinary kernel.
 */
import type { Host } from '../host.ts'
import { shellQuote } from '../shell.ts'
import { hasVirtualization, readCpuInfo } from './cpu.ts'
import { qemuVersionOf } from './facts.ts'
import { type Answers, ask } from './probe.ts'
import { recall, remember } from './remembered.ts'
import { type TrialGuest, type TrialResult, tryKvm } from './trial.ts'
import type { AcceleratorVerdict } from './verdict.ts'

/** A working KVM has the tiny guest up in less than two seconds. */
export const TRIAL_LIMIT_MS = 8_000

export interface ProofOptions {
  /** QEMU's program. */
  readonly qemu: string
  /** Absent while no image has been built: then the verdict is unproven TCG. */
  readonly guest?: TrialGuest
  /** Default `TRIAL_LIMIT_MS`. */
  readonly limitMs?: number
  /** Path on the host where the verdict is remembered for this boot and this version of QEMU. */
  readonly cacheFile?: string
  /** Proves anew, whatever is remembered. */
  readonly again?: boolean
  readonly signal?: AbortSignal
  readonly now?: () => Date
}

/**
 * Never rejects for what the machine lacks: that is the verdict. Rejects when the host is lost or the caller gives
 * up. Verdicts that were run for are remembered; what can be seen at a glance is looked at each time.
 */
export async function proveAccelerator(host: Host, options: ProofOptions): Promise<AcceleratorVerdict> {
  const { qemu, guest, cacheFile, limitMs = TRIAL_LIMIT_MS, signal, now = () => new Date() } = options
  const answers = await ask(host, questions(qemu, guest), signal)
  const circumstances = {
    bootId: answers.get('boot_id') ?? '',
    qemuVersion: qemuVersionOf(answers.get('qemu_version') ?? '') ?? '',
  }
  const seen = seenAtAGlance(answers, circumstances.qemuVersion, guest)
  if (seen) return { ...seen, proven: false, provenAt: now().toISOString(), ...circumstances }
  const known = cacheFile && !options.again ? await recall(host, cacheFile, circumstances) : undefined
  if (known) return known
  if (!guest) return { ...noGuest, proven: false, provenAt: now().toISOString(), ...circumstances }
  const result = await tryKvm(host, { qemu, guest, limitMs, ...(signal && { signal }) })
  const verdict = { ...judge(result, limitMs), proven: true, provenAt: now().toISOString(), ...circumstances }
  if (cacheFile && !wasKilled(result)) await remember(host, cacheFile, verdict)
  return verdict
}

function questions(qemu: string, guest: TrialGuest | undefined): Readonly<Record<string, string>> {
  const files = guest ? [guest.kernel, guest.initrd] : []
  return {
    boot_id: 'cat /proc/sys/kernel/random/boot_id',
    qemu_version: `${shellQuote([qemu])} --version`,
    device: '[ -e /dev/kvm ] && echo there; [ -r /dev/kvm ] && [ -w /dev/kvm ] && echo usable',
    user: 'id -un',
    cpuinfo: "sed '/^$/q' /proc/cpuinfo",
    guest: files
      .map((file) => `[ -r ${shellQuote([file])} ]`)
      .concat('echo there')
      .join(' && '),
  }
}

// By the user, or by a kernel short of memory: says nothing about KVM.
const KILLED_CODES = [128 + 9, 128 + 15]
const wasKilled = (result: TrialResult): boolean =>
  result.kind === 'ended' && KILLED_CODES.includes(result.code)

type Judgement = Pick<AcceleratorVerdict, 'accelerator' | 'because' | 'remedy'>

const noGuest: Judgement = {
  accelerator: 'tcg',
  because: 'Whether KVM works is unproven, since there is no guest to prove it with.',
  remedy: 'Build one: nestlab image build tiny, then nestlab doctor.',
}

/** What needs no trial, or cannot have one. */
function seenAtAGlance(
  answers: Answers,
  qemuVersion: string,
  guest: TrialGuest | undefined,
): Judgement | undefined {
  if (!qemuVersion)
    return {
      accelerator: 'none',
      because: 'QEMU cannot be started.',
      remedy: 'Install QEMU 7.2 or newer (Debian: qemu-system-x86).',
    }
  const device = answers.get('device') ?? ''
  if (!device.includes('there')) return noDevice(answers.get('cpuinfo') ?? '')
  if (!device.includes('usable'))
    return {
      accelerator: 'tcg',
      because: `The user ${answers.get('user')} may not use /dev/kvm.`,
      remedy: `As root: usermod -aG kvm ${answers.get('user')}, then log in anew.`,
    }
  return guest && answers.get('guest') !== 'there' ? noGuest : undefined
}

function noDevice(cpuinfo: string): Judgement {
  const cpu = readCpuInfo(cpuinfo)
  if (cpu && !hasVirtualization(cpu))
    return {
      accelerator: 'tcg',
      because: 'The processor offers no VT-x or AMD-V, so there is no /dev/kvm.',
      remedy:
        'Switch it on in the firmware (BIOS or UEFI), or have the hypervisor below this machine expose it.',
    }
  return {
    accelerator: 'tcg',
    because: 'There is no /dev/kvm: the KVM module is not loaded.',
    remedy: `As root: modprobe ${cpu?.vendor === 'amd' ? 'kvm_amd' : 'kvm_intel'}.`,
  }
}

const USE_TCG =
  'Nothing has to be done to go on with TCG; for KVM use a machine whose /dev/kvm runs ordinary kernels.'

function judge(result: TrialResult, limitMs: number): Judgement {
  const seconds = `${limitMs / 1000} s`
  switch (result.kind) {
    case 'ready':
      return { accelerator: 'kvm', because: 'A guest came up with it.' }
    case 'ended':
      return { accelerator: 'tcg', because: `QEMU with KVM ${howEnded(result)}.`, remedy: USE_TCG }
    case 'hung': {
      const because = result.printed
        ? `A guest with KVM was not up within ${seconds}; the last it printed was "${result.printed}".`
        : `/dev/kvm is there, but a guest with it printed nothing for ${seconds}.`
      return { accelerator: 'tcg', because, remedy: USE_TCG }
    }
  }
}

function howEnded({ code, said }: Extract<TrialResult, { kind: 'ended' }>): string {
  const how = code > 128 ? `was ended by signal ${code - 128}` : `ended with code ${code}`
  return said ? `${how}: "${said}"` : how
}
