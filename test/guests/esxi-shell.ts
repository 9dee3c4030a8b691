/** A stand-in for the shell of ESXi: runs generated scripts with its programs replaced by ones that only note their call. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Programs of ESXi that a script of ours may call; each can be given an answer. */
const ofEsxi = [
  ...['esxcli', 'vim-cmd', 'vsish', 'partedUtil', 'vmkfstools', 'chkconfig', 'esxcfg-route'],
  ...['reboot', 'poweroff', 'sleep'],
]
const ofBusybox = ['cat', 'grep', 'chmod', 'mkdir', 'awk', 'sed', 'head']
const ofPaths = [
  '/sbin/auto-backup.sh',
  '/sbin/generate-certificates',
  '/etc/init.d/hostd',
  '/etc/init.d/ntpd',
]

/** Answers by the beginning of a call, as in `esxcli storage core path list`; `fails` ends it with 1. */
export interface Answer {
  readonly call: string
  readonly says?: string
  readonly fails?: boolean
}

export class EsxiShell implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'nestlab-esxi-'))

  constructor(answers: readonly Answer[] = []) {
    mkdirSync(join(this.root, 'bin'))
    for (const name of ofBusybox) {
      const real = execFileSync('sh', ['-c', `command -v ${name}`])
        .toString()
        .trim()
      symlinkSync(real, join(this.root, 'bin', name))
    }
    for (const name of ofEsxi) this.#standIn(join('bin', name), name, answers)
    for (const path of ofPaths) this.#standIn(path, path, answers)
    for (const folder of ['etc/rc.local.d', 'etc/ssh', 'etc/vmware', 'var/log'])
      mkdirSync(join(this.root, folder), { recursive: true })
    this.write('/calls', '')
  }

  #standIn(path: string, name: string, answers: readonly Answer[]): void {
    const cases = answers
      .filter(({ call }) => call === name || call.startsWith(`${name} `))
      .map(({ call, says = '', fails }, place) => {
        this.write(`/answers/${name.replaceAll('/', '_')}.${place}`, says)
        const file = join(this.root, 'answers', `${name.replaceAll('/', '_')}.${place}`)
        return `"${call}"*) cat ${file}; exit ${fails ? 1 : 0} ;;\n`
      })
    const text = `#!/bin/sh\necho "${name} $*" >> ${this.root}/calls\ncase "${name} $*" in\n${cases.join('')}esac\n`
    this.write(path.startsWith('/') ? path : `/${path}`, text, 0o755)
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text, { mode })
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  /** Runs a script in which the paths of ESXi lead into the folder of this shell, until all it started has ended. */
  async run(script: string): Promise<{ readonly code: number; readonly stderr: string }> {
    const text = script.replaceAll(/(?<![\w.])\/(?=(?:etc|sbin|var\/log|vmfs)\/)/g, `${this.root}/`)
    const settings = { env: { PATH: join(this.root, 'bin') } }
    try {
      const { stderr } = await promisify(execFile)('/bin/sh', ['-c', text], settings)
      return { code: 0, stderr }
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string }
      return { code, stderr }
    }
  }

  calls(): readonly string[] {
    return this.read('/calls').split('\n').slice(0, -1)
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** The script of one section of a kickstart. */
export function sectionOf(kickstart: string, name: 'post' | 'firstboot'): string {
  const lines = kickstart.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`%${name}`))
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => line.startsWith('%'))
  return (end === -1 ? rest : rest.slice(0, end)).join('\n')
}
