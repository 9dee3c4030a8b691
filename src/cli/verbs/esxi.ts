/** `nestlab esxi`: what nested ESXi hosts are installed and copied with. */
import { basename, relative, resolve } from 'node:path'
import { Failure } from '#failure'
import { agrees } from '../ask.ts'
import { fail } from '../errors.ts'
import type { CloneScripts, EsxiCommands } from '../esxi-contract.ts'
import { pickHost, sharersOf } from '../esxi-host.ts'
import { isoFiles } from '../esxi-iso-files.ts'
import { rootPassword } from '../esxi-password.ts'
import { applianceLines, madeIsoLines } from '../esxi-text.ts'
import { imageProgress } from '../image-progress.ts'
import { oneLine } from '../one-line.ts'
import { fileOption, labOption, pickLab } from '../pick-lab.ts'
import type { Call, OptionRow, Verb } from '../verb.ts'

const machineArgument: OptionRow = ['<machine>', 'path of an ESXi host of the lab']
const passwordText =
  'The root password is asked for twice, or taken from the environment variable NESTLAB_ESXI_PASSWORD; only its hash is kept.'
/** Every copy made without a name of its own is called this. */
const plainCopy = 'esxi-copy'

const kickstart: Verb = {
  name: 'kickstart',
  summary: 'print the kickstart (KS.CFG) that installs an ESXi host of a lab',
  more: 'A placeholder stands where the hash of the root password goes, so that what is printed may be shown to others.',
  arguments: [machineArgument],
  options: [
    fileOption,
    ['--with-hash', 'with the hash of a root password, asked for or from NESTLAB_ESXI_PASSWORD'],
  ],
  examples: [
    { line: 'nestlab esxi kickstart esxi-1', does: 'what the installer will be told' },
    {
      line: 'nestlab esxi kickstart esxi-1 --with-hash > KS.CFG',
      does: 'ready for an installer of your own',
    },
  ],
  async run(call) {
    const esxi = await call.services.esxi()
    const host = await pickHost(call, esxi)
    if (!host) return 1
    const { path } = host.machine
    const password = call.has('with-hash') ? await rootPassword(call, esxi, path) : undefined
    const made = await esxi.kickstart(host, call.signal, password)
    const { say, tell } = call.terminal
    if (call.json) {
      say(JSON.stringify({ machine: path, ...made, hasHash: password !== undefined }))
      return 0
    }
    say(made.text.trimEnd())
    tell(`Boot the installer of ESXi ${oneLine(made.version)} with: ${made.kernelOptions.join(' ')}`)
    if (password === undefined)
      tell(`${esxi.hashPlaceholder} stands for the hash of the root password; --with-hash puts one there.`)
    return 0
  },
}

const iso: Verb = {
  name: 'iso',
  summary: 'make an installer ISO that installs an ESXi host of a lab without a question',
  more: `${passwordText}\nWith a generated kickstart the licence terms of ESXi are accepted: use installers whose terms you have accepted.`,
  arguments: [machineArgument],
  options: [
    fileOption,
    ['--iso <installer>', 'the installer ISO as it comes from Broadcom'],
    ['-o, --output <file>', 'the ISO to be written; only you can read it'],
    ['--force', 'write over the file'],
  ],
  examples: [
    {
      line: 'nestlab esxi iso esxi-1 --iso VMware-VMvisor-Installer-8.0U3.iso -o esxi-1.iso',
      does: 'ask for the root password, and make the ISO',
    },
  ],
  async run(call) {
    const esxi = await call.services.esxi()
    const files = await isoFiles(call)
    const host = await pickHost(call, esxi)
    if (!host) return 1
    const { path } = host.machine
    const password = await rootPassword(call, esxi, path)
    const file = seenFrom(call, files.output)
    if (!call.json)
      call.terminal.tell(`Making ${oneLine(file)}: all of the installer is copied and compared.`)
    const made = await esxi.makeIso(host, { ...files, password }, call.signal)
    const sharers = sharersOf(esxi, host)
    if (call.json) call.terminal.say(JSON.stringify({ machine: path, file: files.output, ...made, sharers }))
    else call.terminal.say(madeIsoLines({ host, file, made, sharers }, call.terminal.paint).join('\n'))
    return 0
  },
}

const cloneScripts: Verb = {
  name: 'clone-scripts',
  summary: 'print the scripts that make copies of one ESXi host into hosts of their own',
  more: 'The first one is run as root in the template and switches it off; the second one in each copy after its first\nboot, on its console. A copy asks for its address by DHCP.',
  arguments: [['<version>', 'of ESXi, as in 8.0U3']],
  options: [['--hostname <name>', `what the copy is called (default: ${plainCopy})`]],
  examples: [{ line: 'nestlab esxi clone-scripts 8.0U3 --hostname esxi-2', does: 'for the copy esxi-2' }],
  async run(call) {
    const [version = ''] = call.args
    const named = call.value('hostname')
    const hostname = named ?? plainCopy
    const scripts = scriptsOf(await call.services.esxi(), version, hostname)
    const { say, tell } = call.terminal
    if (call.json) {
      say(JSON.stringify({ version, hostname, ...scripts }))
      return 0
    }
    say(`### In the template, as the last thing before it is copied:\n${scripts.template}`)
    say(`### In the copy ${hostname}, after its first boot:\n${scripts.clone.trimEnd()}`)
    if (named === undefined)
      tell(`The copy is called ${plainCopy}. Several need names of their own: --hostname NAME`)
    return 0
  },
}

/** What cannot be used was typed here, and stands in no lab file. */
function scriptsOf(esxi: EsxiCommands, version: string, hostname: string): CloneScripts {
  try {
    return esxi.cloneScripts(version, hostname)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw fail('wrong-usage', { text: error.message, command: 'nestlab esxi clone-scripts' }, error)
  }
}

const trust: Verb = {
  name: 'trust',
  summary: 'accept the certificate that a nested ESXi host shows now',
  more: 'The one that a host shows when a command first looks into it is kept, and any other is refused later. It changes\nwhen the host is installed or given a certificate anew by hand; what Nestlab installs anew is looked at anew.',
  arguments: [machineArgument],
  options: [labOption, ['--fingerprint <sha256>', 'accept this certificate without asking']],
  examples: [{ line: 'nestlab esxi trust esxi-1', does: 'show both certificates, and ask' }],
  async run(call) {
    const lab = await pickLab(call)
    const [path = ''] = call.args
    const trusts = await call.services.nestedTrust()
    const host = await trusts.look(lab, path, call.signal)
    const given = call.value('fingerprint')?.toUpperCase()
    const { terminal } = call
    if (given === undefined) {
      const before = host.known === undefined ? '' : ` It showed\n  ${host.known}\nbefore.`
      terminal.tell(
        `${path} shows at ${oneLine(host.server)} the certificate\n  ${host.fingerprint}${before}`,
      )
    }
    const isMeant =
      given === undefined &&
      (await agrees(terminal, 'Is that the one that the host itself shows?', call.signal))
    if (!isMeant && given !== host.fingerprint)
      throw fail('nested-not-trusted', { path, fingerprint: host.fingerprint })
    await trusts.accept(lab, path, host.fingerprint)
    if (call.json) terminal.say(JSON.stringify({ lab, path, ...host }))
    else terminal.say(`The certificate of ${path} is accepted.`)
    return 0
  },
}

const ova: Verb = {
  name: 'ova',
  summary: 'list the properties of an appliance, and which of them Nestlab can set',
  more: 'Files are compared with the manifest of the appliance where it has one. Nothing is unpacked.',
  arguments: [['<file>', 'the appliance (*.ova)']],
  examples: [{ line: 'nestlab esxi ova Nested_ESXi8.0u3.ova', does: 'host name, network, password, …' }],
  async run(call) {
    const [named = ''] = call.args
    if (/\.ovf$/i.test(named)) {
      const text = `${named} is a descriptor alone. Name the archive that it lies in, or pack one: tar -cf APPLIANCE.ova ${named} DISKS`
      throw fail('wrong-usage', { text, command: 'nestlab esxi ova' })
    }
    const esxi = await call.services.esxi()
    const file = resolve(call.folder, named)
    const appliance = await (async () => {
      using progress = imageProgress(call.terminal)
      const onBytes = (doneBytes: number) =>
        progress.onProgress({
          image: oneLine(basename(file)),
          doing: 'comparing with its manifest',
          doneBytes,
        })
      return await esxi.appliance(file, { signal: call.signal, onBytes })
    })()
    const { isNestedEsxi, ...answer } = appliance
    if (call.json) call.terminal.say(JSON.stringify({ file, isNestedEsxi, ...answer }))
    else call.terminal.say(applianceLines(named, appliance, call.terminal.paint).join('\n'))
    return 0
  },
}

export const esxi: Verb = {
  name: 'esxi',
  summary: 'make what nested ESXi hosts are installed and copied with',
  more: 'No ESXi was booted by any test of Nestlab; docs/esxi-guests.md says what was checked, and how.',
  examples: [...kickstart.examples, ...iso.examples, ...cloneScripts.examples, ...ova.examples],
  verbs: [kickstart, iso, cloneScripts, ova, trust],
}

/** As a person calls it who sits in the folder of the command. */
function seenFrom({ folder }: Call, file: string): string {
  const inside = relative(folder, file)
  return inside.startsWith('..') ? file : inside
}
