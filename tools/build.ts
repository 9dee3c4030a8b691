/** Bundles the program into `dist/`, so that a start reads few files and loads what a verb needs, when it needs it. */
import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, type Plugin, transform } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What the bundle consists of; each is a file in `dist/`. */
const entryPoints = {
  main: 'src/main.ts',
  switch: 'src/switch/live-main.ts',
  uplink: 'src/providers/qemu/uplinks/serve-main.ts',
  index: 'src/index.ts',
}

/** ssh2 is CommonJS: it asks for Node's own modules with `require`, and its WebAssembly part looks at `__dirname`. */
const forCommonJs = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url), __dirname = import.meta.dirname`

/** The parser of the command line is half of what a start reads, and half of that are its comments. */
const withoutComments: Plugin = {
  name: 'without-comments',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/commander\/.*\.js$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { minifyWhitespace: true })
      return { contents: code, loader: 'js' }
    })
  },
}

await rm(`${root}/dist`, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints,
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  // ssh2's native parts are optional and never built (no install scripts): it falls back to JavaScript and OpenSSL.
  external: ['cpu-features', '*.node'],
  banner: { js: forCommonJs },
  plugins: [withoutComments],
  logLevel: 'warning',
})
