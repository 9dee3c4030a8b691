/** Started as a process of its own by the tests that kill it: packs, unpacks or pulls what its one argument says. */
import { readFile } from 'node:fs/promises'
import { type Parcel, packBlueprint, pullBlueprint, unpackBlueprint } from './index.ts'

export type Errand =
  | {
      readonly do: 'pack'
      readonly parcel: Parcel
      readonly target: string
      readonly form: 'file' | 'folder'
    }
  | { readonly do: 'unpack'; readonly source: string; readonly into: string }
  | {
      readonly do: 'pull'
      readonly reference: string
      readonly target: string
      readonly form: 'file' | 'folder'
    }

const [, , file = ''] = process.argv
const errand = JSON.parse(await readFile(file, 'utf8')) as Errand
// Tells the test how far it is, one line a step.
let steps = 0
const onProgress = () => process.stdout.write(`${++steps}\n`)
const maxBytes = 2 ** 40
if (errand.do === 'pack') await packBlueprint(errand.parcel, errand.target, { form: errand.form, onProgress })
else if (errand.do === 'unpack') await unpackBlueprint(errand.source, errand.into, { maxBytes, onProgress })
else await pullBlueprint(errand.reference, errand.target, { form: errand.form, maxBytes, onProgress })
