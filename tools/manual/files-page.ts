/** Makes the manual's page of files out of the one list of paths. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { labPaths, levelPaths, longestRunBytes, machinePaths, sitePaths } from '#store'

const roots = { state: 'STATE', run: 'RUN' }

export async function filesPage(root: string): Promise<string> {
  const source = await readFile(join(root, 'src/store/paths.ts'), 'utf8')
  const level = levelPaths(roots, 'LAB')
  const lists = [
    ['sitePaths', sitePaths(roots)],
    ['labPaths', labPaths(roots, 'LAB')],
    ['levelPaths', level],
    ['machinePaths', machinePaths(level, 'MACHINE')],
  ] as const
  return `# Files

Everything Nestlab keeps on a machine. \`STATE\` survives a reboot, \`RUN\` ends with the processes it belongs to.

| | with \`NESTLAB_HOME\` | otherwise |
|---|---|---|
| \`STATE\` | \`$NESTLAB_HOME/state\` | \`$XDG_STATE_HOME/nestlab\`, else \`~/.local/state/nestlab\` |
| \`RUN\` | \`$NESTLAB_HOME/run\` | \`$XDG_RUNTIME_DIR/nestlab\`, else \`nestlab-UID\` in the folder for temporary files |
| compiled code | \`$NESTLAB_HOME/cache\` | \`$XDG_CACHE_HOME/nestlab\`, else \`~/.cache/nestlab\`; may be removed at any time |

The kernel takes socket paths of at most 107 bytes. Where \`RUN\` as in the table has more than ${longestRunBytes()} bytes, so that sockets could not have the longest names allowed, it is \`nestlab-UID-HASH\` in the folder for temporary files instead, if that is shorter; \`HASH\` is the first 8 hex digits of the SHA-256 of \`$NESTLAB_HOME\` as an absolute path (else of \`$XDG_RUNTIME_DIR\`), so every command with the same home finds it.

Inside a hypervisor the same files lie in \`/run/nestlab\`, in memory: they end with it.

${lists.map(([name, paths]) => section(source, name, paths)).join('\n\n')}
`
}

function section(source: string, name: string, paths: Readonly<Record<string, unknown>>): string {
  const [, title = '', body = ''] =
    new RegExp(`/\\*\\* ([^\\n]*) \\*/\\nexport function ${name}\\(.*?\\n(.*?)\\n}`, 's').exec(source) ?? []
  const rows = Object.entries(paths).map(
    ([key, path]) => `| \`${pathText(path)}\` | ${commentOf(body, key)} |`,
  )
  return `## ${title.split('. ')[0]?.replace(/\.$/, '')}\n\n| path | what |\n|---|---|\n${rows.join('\n')}`
}

function pathText(path: unknown): string {
  return String(typeof path === 'function' ? path('N') : path)
}

function commentOf(body: string, key: string): string {
  const comment = new RegExp(`/\\*\\* ([^*]*) \\*/\\s*${key}[:,]`).exec(body)?.[1]
  return comment ?? (key === 'state' || key === 'run' ? 'the folder' : '')
}
