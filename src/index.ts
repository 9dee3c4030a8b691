/** What programs may import from the package: everything a lab file in TypeScript needs. */
export { defineLab, type LabFile } from '#lab'
