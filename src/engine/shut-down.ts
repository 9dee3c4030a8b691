/** Shuts a machine down as gently as it lets itself be: by its agent or over SSH, by the power button, by the power. */
import type { Guests } from '#guests'
import type { MachineState, Provider } from '#providers'
import type { Clock } from './contract.ts'
import { asFailure } from './errors.ts'
import { limited, type Reach } from './reach.ts'
import { nameOf, ownerOf } from './select.ts'

/** Time each way gets, for each level: an emulated machine inside another shuts down as slowly as it works. */
const agentLimitMs = 5000
/** Of one whose kind is not known, or that is asked over its own interface. */
const usualGuestMs = 20_000
const usualButtonMs = 15_000
const lookAgainMs = 200

export interface ShutDown {
  readonly reach: Reach
  readonly guests: Guests
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly say: (path: string, text: string) => void
}

export async function shutDown(path: string, work: ShutDown): Promise<void> {
  const { reach, clock, signal, say } = work
  const provider = await reach.level(ownerOf(path))
  const depth = path.split('/').length
  const gone = (limitMs: number) =>
    becomesOff(provider, nameOf(path), { clock, limitMs: limitMs * depth, signal })
  const state = await stateOf(provider, nameOf(path), signal)
  // What stands still hears nobody.
  if (state === 'paused') await provider.copies?.resume([nameOf(path)], signal)
  if (isOn(state)) {
    const { guest, buttonLimitMs = usualButtonMs } = provider
    // A site that knows its guests asks them in their own way when the button is pressed.
    const isAsked = guest === undefined && (await asks(path, provider, work))
    if (await isDeaf(path, provider, signal)) {
      const isAsked = await asksHypervisor(path, work)
      if (!isAsked) say(path, 'nothing in it hears the power button: switching the power off')
      else if (!(await gone(buttonLimitMs)))
        say(path, 'it did not shut itself down in time: switching the power off')
    } else if (!isAsked || !(await gone(await guestLimitMs(path, work)))) {
      say(path, 'pressing the power button')
      await provider.stop(nameOf(path), 'button', signal)
      if (!(await gone(buttonLimitMs))) say(path, 'the power button had no effect: switching the power off')
    }
  }
  // Also when it is off: only then does its provider know that it was meant to be.
  await provider.stop(nameOf(path), 'power', signal)
  reach.forget(path)
}

async function guestLimitMs(path: string, { reach, guests }: ShutDown): Promise<number> {
  const machine = reach.index.machines.get(path)?.machine
  return machine ? (await guests.guestOf(machine)).shutDownLimitMs : usualGuestMs
}

async function isDeaf(path: string, provider: Provider, signal: AbortSignal): Promise<boolean> {
  return (await provider.hears?.(nameOf(path), signal)) === false
}

/** Whether a hypervisor has accepted to shut itself down, over its own interface. */
async function asksHypervisor(path: string, { reach, clock, signal, say }: ShutDown): Promise<boolean> {
  const machine = reach.index.machines.get(path)?.machine
  if (!machine?.hypervisor || reach.leavesInside(machine) !== undefined) return false
  const asking = async (within: AbortSignal) => {
    const inside = await reach.level(path)
    await inside.shutDownHypervisor?.(within)
    return inside.shutDownHypervisor !== undefined
  }
  const limitMs = usualGuestMs * machine.level
  try {
    return await limited({ clock, limitMs, signal }, asking, () => new Error('it does not answer'))
  } catch (error) {
    signal.throwIfAborted()
    say(path, `it did not take the request to shut down: ${asFailure(error, `shut ${path} down`).message}`)
    return false
  }
}

/** Whether the guest has accepted to shut itself down. */
async function asks(path: string, provider: Provider, work: ShutDown): Promise<boolean> {
  if (await asksAgent(path, provider, work)) return true
  const refusal = await asksGuest(path, work)
  if (refusal === undefined) return true
  work.say(path, `the guest did not take the request to shut down: ${refusal}`)
  return false
}

/** True when a guest agent has accepted. One that is not there, or not heard in time, is not worth a word: SSH is next. */
async function asksAgent(
  path: string,
  provider: Provider,
  { guests, clock, signal }: ShutDown,
): Promise<boolean> {
  const limitMs = agentLimitMs * path.split('/').length
  const asking = async (within: AbortSignal) => {
    const access = await provider.access(nameOf(path))
    const channel = await access.agent?.(within)
    if (channel) await guests.shutDownByAgent(path, channel, within)
    return channel !== undefined
  }
  return await limited({ clock, limitMs, signal }, asking, () => new Error('too late')).catch(() => {
    signal.throwIfAborted()
    return false
  })
}

/** Why the guest could not be asked; undefined when it accepted. */
async function asksGuest(path: string, { reach, guests, signal }: ShutDown): Promise<string | undefined> {
  const placed = reach.index.machines.get(path)
  if (!placed) return 'it is no longer in the lab file'
  try {
    const guest = await guests.guestOf(placed.machine)
    const host = await reach.enter(path, signal)
    try {
      await guest.shutdown(host, signal)
    } finally {
      void host.close().catch(() => undefined)
    }
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return asFailure(error, `shut ${path} down`).message
  }
}

async function becomesOff(
  provider: Provider,
  name: string,
  bounds: { readonly clock: Clock; readonly limitMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const late = new Error('too late')
  const off = async (signal: AbortSignal) => {
    while (isOn(await stateOf(provider, name, signal))) await bounds.clock.sleep(lookAgainMs, signal)
    return true
  }
  return await limited(bounds, off, () => late).catch((error: unknown) => {
    if (error === late) return false
    throw error
  })
}

async function stateOf(
  provider: Provider,
  name: string,
  signal: AbortSignal,
): Promise<MachineState | undefined> {
  const { machines } = await provider.inspect(signal)
  return machines.find((one) => one.name === name)?.state
}

function isOn(state: MachineState | undefined): boolean {
  return state === 'running' || state === 'paused'
}
