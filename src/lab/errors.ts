/** Everything that can go wrong in this room as a failure of a command. */
import { failuresOf } from '#failure'

export const labFailure = failuresOf({
  'lab-file-missing': {
    exit: 2,
    text: ({ file }: { file: string }) => `There is no file ${file}.`,
    next: () => 'Name a lab file, or make one with `nestlab init`.',
  },
  'lab-file-unreadable': {
    exit: 1,
    text: ({ file, reason }: { file: string; reason: string }) => `${file} cannot be read: ${reason}.`,
    next: () => 'Check that it is a file and that you may read it.',
  },
  'lab-module-failed': {
    exit: 1,
    text: ({ file, reason }: { file: string; reason: string }) => `The module ${file} failed: ${reason}.`,
    next: () => 'Run it with `node` alone to see where.',
  },
  'lab-module-empty': {
    exit: 1,
    text: ({ file }: { file: string }) => `The module ${file} exports no lab.`,
    next: () => 'Write `export const lab = defineLab({ … })`.',
  },
  'lab-file-changed': {
    exit: 1,
    text: ({ file }: { file: string }) =>
      `${file} was changed by somebody else meanwhile; nothing was written.`,
    next: () => 'Run the command again: it looks at the file as it is now.',
  },
  'lab-edit-refused': {
    exit: 1,
    text: ({ at, reason }: { at: string; reason: string }) => `${at} was not changed: ${reason}.`,
    next: () => 'Change it yourself in an editor; `nestlab check` says whether the file is still right.',
  },
})
