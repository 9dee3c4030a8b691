/** Rules about the file itself: what it accepts must exist and be needed. */
import { ofNestlab } from '../articles.ts'
import type { Rule } from '../rule.ts'

/** Both are found by `checkLab`, which alone knows all findings. */
export const unknownRule: Rule = {
  id: 'file/unknown-rule',
  severity: 'error',
  title: 'A file accepts only findings of rules that exist.',
  why: 'A misspelt id accepts nothing. The finding it was meant for would come as a surprise on another day.',
  covers: [],
  sources: [ofNestlab],
  find: () => [],
}

export const needlessSuppression: Rule = {
  id: 'file/needless-suppression',
  severity: 'advice',
  title: 'A file accepts only findings that exist.',
  why: 'What is accepted beforehand hides the next mistake of the same kind. Nobody will look at it again.',
  covers: [],
  sources: [ofNestlab],
  find: () => [],
}

export const fileRules: readonly Rule[] = [unknownRule, needlessSuppression]
