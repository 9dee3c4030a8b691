/** The source of what everyone in the field knows and no page was read for. */
import type { Source } from '#facts'

export const known: Source = { title: 'Common knowledge of the field', grade: 'K', asOf: '2026-11-28' }
