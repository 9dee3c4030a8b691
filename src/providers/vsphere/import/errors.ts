/** What can be wrong with the wish to import. */
import { failuresOf } from '#failure'

export const fail = failuresOf({
  'import-nothing': {
    exit: 2,
    text: (d: { what: string; name: string; site: string }) => `${d.site} has no ${d.what} ${d.name}.`,
    next: (d: { what: string; name: string; site: string }) =>
      d.what === 'folder'
        ? 'Write folders as in DATACENTER/vm/FOLDER, or their last parts when those are clear.'
        : 'Names are those that the vSphere Client shows; nestlab import vsphere SITE without a choice takes all.',
  },
  'import-ambiguous': {
    exit: 2,
    text: (d: { what: string; name: string; found: readonly string[] }) =>
      `Several are called ${d.what} ${d.name}: ${d.found.join(', ')}.`,
    next: (d: { what: string; name: string; found: readonly string[] }) =>
      `Say more of the path, as in ${d.found[0] ?? 'DATACENTER/vm/FOLDER'}.`,
  },
  'import-too-large': {
    exit: 1,
    text: (d: { bytes: number; mostBytes: number }) =>
      `The lab file would have ${d.bytes} bytes, which is too much: at most ${d.mostBytes} are read, less where they say much.`,
    next: () => 'Import a part: --folder PATH, --cluster NAME or --vm NAMES.',
  },
})
