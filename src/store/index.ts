/** Room `store`: what is on disk? */
export type { Roots } from './paths.ts'
export { labPaths, rootsFrom, sitePaths } from './paths.ts'
