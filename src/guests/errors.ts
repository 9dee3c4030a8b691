/** Everything that goes wrong with images, and with the systems made of them. */
import { failuresOf } from '#failure'

interface OnImage {
  readonly image: string
}
interface WithReason extends OnImage {
  readonly reason: string
}
interface OnFile {
  readonly file: string
}

export const failures = {
  'image-unknown': {
    exit: 1,
    text: ({ image }: OnImage) => `There is no image called ${image}.`,
    next: () => 'See what there is with nestlab image ls; nestlab image import takes in a disk of your own.',
  },
  'image-missing': {
    exit: 4,
    text: ({ image }: OnImage) => `The image ${image} is not in the image store.`,
    next: ({ image }: OnImage) =>
      `Build or fetch it: nestlab image build ${image}, or nestlab up, which does so.`,
  },
  'image-damaged': {
    exit: 4,
    text: ({ image, reason }: WithReason) => `The image ${image} in the image store is damaged: ${reason}.`,
    next: ({ image }: OnImage) => `Remove it (nestlab image rm ${image}) and build or import it again.`,
  },
  'image-name-unsafe': {
    exit: 2,
    text: ({ image }: OnImage) => `${JSON.stringify(image)} cannot be the name of an image.`,
    next: () =>
      'Use lower-case letters, digits, dots and dashes, beginning with a letter or digit, at most 63.',
  },
  'image-name-taken': {
    exit: 2,
    text: ({ image }: OnImage) => `${image} is the name of an image that Nestlab builds itself.`,
    next: () => 'Give the imported image another name: nestlab image import FILE --name NAME.',
  },
  'store-unwritable': {
    exit: 3,
    text: ({ folder, reason }: { folder: string; reason: string }) =>
      `Cannot write into ${folder}: ${reason}.`,
    next: ({ folder }: { folder: string }) =>
      `Free space or give yourself the right to write there; NESTLAB_HOME puts everything elsewhere than ${folder}.`,
  },
  'tool-missing': {
    exit: 3,
    text: ({ tool }: { tool: string; packageName: string }) => `The program ${tool} is not on this machine.`,
    next: ({ packageName }: { tool: string; packageName: string }) =>
      `Install it: sudo apt-get install ${packageName}`,
  },
  'packages-unavailable': {
    exit: 3,
    text: ({ image, reason }: WithReason) =>
      `The Debian packages for the image ${image} cannot be found: ${reason}.`,
    next: () =>
      'Images are built on Debian 12 or newer with a reachable package mirror; on another system import images built there (nestlab image import).',
  },
  'packages-not-fetched': {
    exit: 3,
    text: ({ image, reason }: WithReason) =>
      `The Debian packages for the image ${image} could not be downloaded: ${reason}.`,
    next: () => 'Look whether this machine reaches its package mirror (sudo apt-get update), then repeat.',
  },
  'build-failed': {
    exit: 4,
    text: ({ image, reason }: WithReason) => `The image ${image} could not be built: ${reason}.`,
    next: () => 'Nothing is left of the attempt; repeat with --debug for the whole story.',
  },
  'disk-unusable': {
    exit: 1,
    text: ({ file, reason }: OnFile & { reason: string }) =>
      `${file} cannot be used as a disk image: ${reason}.`,
    next: () =>
      'Use a raw disk or a qcow2 file that stands alone (qemu-img convert -O qcow2 OLD NEW makes one).',
  },
  'file-missing': {
    exit: 1,
    text: ({ file }: OnFile) => `There is no readable file ${file}.`,
    next: () => 'Correct the path in the lab file or on the command line.',
  },
  'file-outside': {
    exit: 1,
    text: ({ file }: OnFile) => `${file} leads outside the folder of the lab file.`,
    next: () =>
      'Put the disk into the folder of the lab file, or take it in first: nestlab image import FILE.',
  },
  'checksum-wrong': {
    exit: 1,
    text: ({ file, wanted, found }: OnFile & { wanted: string; found: string }) =>
      `${file} has the SHA-256 ${found}, not ${wanted}.`,
    next: () => 'Get the right file, or correct sha256 in the lab file if the new file is the one you want.',
  },
  'download-failed': {
    exit: 4,
    text: ({ url, reason }: { url: string; reason: string }) => `${url} could not be downloaded: ${reason}.`,
    next: () => 'Repeat the command: it goes on where the download was cut off.',
  },
  'url-refused': {
    exit: 1,
    text: ({ url }: { url: string }) => `${url} is no address that an image can come from.`,
    next: () => 'Use an https:// or http:// address without a user name and password.',
  },
  'guest-unfit': {
    exit: 4,
    text: ({ guest, reason }: { guest: string; reason: string }) => `${guest} is not up: ${reason}.`,
    next: ({ guest }: { guest: string; reason: string }) => `Look at its console: nestlab logs ${guest}`,
  },
} as const

export const fail = failuresOf(failures)

/** `ENOENT` and the like; empty for everything that carries none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
