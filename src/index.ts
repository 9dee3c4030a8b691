/** What programs import from `nestlab`: labs written in TypeScript, and the model they resolve to. */

export type { LabFile, ResolvedLab } from '#lab'
export { defineLab } from '#lab'
