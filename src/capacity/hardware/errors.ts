/** What can go wrong with the file of a bill of materials before it is read. */
import { failuresOf } from '#failure'

export const bomFailure = failuresOf({
  'bom-file-missing': {
    exit: 2,
    text: ({ file }: { file: string }) => `There is no file ${file}.`,
    next: () => 'Name a bill of materials (*.bom.yaml), or copy one from `examples/hardware/`.',
  },
  'bom-file-unreadable': {
    exit: 1,
    text: ({ file, reason }: { file: string; reason: string }) => `${file} cannot be read: ${reason}.`,
    next: () => 'Check that it is a file and that you may read it.',
  },
})
