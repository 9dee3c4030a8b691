/** Everything that goes wrong with packing, unpacking and handing out labs. */
import { Failure, failuresOf } from '#failure'
import { fileFailure } from '#store'

interface OnSource {
  readonly source: string
}
interface Because extends OnSource {
  readonly reason: string
}
interface OnRegistry {
  readonly registry: string
}
interface RegistryBecause extends OnRegistry {
  readonly reason: string
}

export const fail = failuresOf({
  'parcel-wrong': {
    exit: 4,
    text: ({ reason }: { reason: string }) => `This lab cannot be packed: ${reason}.`,
    next: () => 'Rename or leave out what is named, and pack again.',
  },
  'parcel-changed': {
    exit: 4,
    text: ({ path, reason }: { path: string; reason: string }) =>
      `${path} changed before it was packed: ${reason}.`,
    next: () => 'Take a snapshot that nothing writes to any more, and pack that.',
  },
  'blueprint-there': {
    exit: 2,
    text: ({ target }: { target: string }) => `${target} is there already.`,
    next: () => 'Give another name, or say that it is to be replaced.',
  },
  'blueprint-unreadable': {
    exit: 1,
    text: ({ source, reason }: Because) => `${source} cannot be read as a blueprint: ${reason}.`,
    next: () => 'Get it again from whoever packed it: it is cut off, damaged, or something else.',
  },
  'blueprint-unsafe': {
    exit: 1,
    text: ({ source, reason }: Because) => `${source} is refused: ${reason}.`,
    next: () => 'No blueprint that Nestlab packs is like that. Do not trust where it comes from.',
  },
  'blueprint-tampered': {
    exit: 1,
    text: ({ source, blob, reason }: Because & { blob: string }) =>
      `${source} was damaged or tampered with: ${blob} ${reason}.`,
    next: () => 'Get it again from whoever packed it. What was already right is kept and not fetched again.',
  },
  'blueprint-too-large': {
    exit: 1,
    text: ({ source, bytes, limitBytes }: OnSource & { bytes: number; limitBytes: number }) =>
      `${source} has ${bytes} bytes, and ${limitBytes} are allowed.`,
    next: () => 'Allow more if you trust it and have the space.',
  },
  'blueprint-newer': {
    exit: 3,
    text: ({ source, format }: OnSource & { format: number }) =>
      `${source} was packed by a newer Nestlab (format ${format}).`,
    next: () => 'Use that version.',
  },
  'unpack-in-the-way': {
    exit: 4,
    text: ({ path, reason }: { path: string; reason: string }) => `${path} is in the way: ${reason}.`,
    next: () => 'Unpack into an empty folder, or move away what is named. Nothing of it was changed.',
  },
  'signature-missing': {
    exit: 1,
    text: ({ source }: OnSource) => `${source} is not signed with this key.`,
    next: () => 'Ask for the key it was signed with, or unpack it without --key if you trust it.',
  },
  'key-unusable': {
    exit: 2,
    text: ({ wanted }: { wanted: 'private' | 'public' }) => `This is no ${wanted} Ed25519 key in PEM.`,
    next: () => 'Make a pair: openssl genpkey -algorithm ed25519 -out KEY; openssl pkey -in KEY -pubout.',
  },
  'reference-wrong': {
    exit: 2,
    text: ({ reference, reason }: { reference: string; reason: string }) =>
      `${JSON.stringify(reference)} names no place for a blueprint: ${reason}.`,
    next: () => 'Write HOST[:PORT]/NAME[:TAG] for a registry, or oci:FOLDER[:TAG] for a folder.',
  },
  'registry-unreachable': {
    exit: 3,
    text: ({ registry, reason }: RegistryBecause) => `The registry ${registry} cannot be used: ${reason}.`,
    next: () =>
      'Check name, network and certificate, and run the command again; it continues where it stopped.',
  },
  'registry-login': {
    exit: 3,
    text: ({ registry, reason }: RegistryBecause) =>
      `The registry ${registry} lets nobody in who shows no better right: ${reason}.`,
    next: () => 'Check the user, the password or token, and its rights for this name.',
  },
  'registry-refused': {
    exit: 4,
    text: ({ registry, reason }: RegistryBecause) => `The registry ${registry} refused: ${reason}.`,
    next: () => 'Read what it says; it may have a quota, or take no artifacts of this kind.',
  },
  'registry-unsafe': {
    exit: 3,
    text: ({ registry, reason }: RegistryBecause) => `The registry ${registry} is not trusted: ${reason}.`,
    next: () => 'Allow plain HTTP only inside a network that is yours alone.',
  },
  'not-in-registry': {
    exit: 1,
    text: ({ registry, name }: OnRegistry & { name: string }) => `There is no ${name} at ${registry}.`,
    next: () => 'Check name and tag. Some registries say this also to those who may not see it.',
  },
})

/** The system's name of an error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What is no failure yet becomes one, with the step and the path it happened at. */
export async function withFiles<Result>(
  doing: string,
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure || !/^E[A-Z0-9]+$/.test(errorCode(error) ?? '')) throw error
    throw fileFailure(doing, path, error)
  }
}
