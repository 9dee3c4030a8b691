/** What can go wrong with a file of prices before anything is reckoned with it. */
import { failuresOf } from '#failure'

export const priceFailure = failuresOf({
  'price-file-missing': {
    exit: 2,
    text: ({ file }: { file: string }) => `There is no file ${file}.`,
    next: () =>
      'Name a file of prices (JSON or YAML), or leave out --prices for those that come with Nestlab.',
  },
  'price-file-unreadable': {
    exit: 1,
    text: ({ file, reason }: { file: string; reason: string }) => `${file} cannot be read: ${reason}.`,
    next: () => 'Check that it is a file of JSON or YAML below 4 MiB, and that you may read it.',
  },
  'price-file-wrong': {
    exit: 1,
    text: ({ file, problems }: { file: string; problems: readonly string[] }) =>
      `${file} is no file of prices that can be used:\n${problems.join('\n')}`,
    next: () =>
      'Correct these keys; docs/decisions/0021-what-the-size-model-assumes.md shows a file that is right.',
  },
})
