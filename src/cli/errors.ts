/** Everything that can be wrong with a command line. */
import { failuresOf } from '#failure'

export const fail = failuresOf({
  'wrong-usage': {
    exit: 2,
    text: (d: { text: string; command: string }) => d.text,
    next: (d: { command: string }) => `See ${d.command} --help.`,
  },
  'no-lab-file': {
    exit: 2,
    text: (d: { folder: string }) => `There is no lab file (*.lab.yaml) in ${d.folder}.`,
    next: () => 'Name one with -f FILE, or write a first one with: nestlab init',
  },
  'several-lab-files': {
    exit: 2,
    text: (d: { files: readonly string[] }) => `There are several lab files here: ${d.files.join(', ')}.`,
    next: (d: { files: readonly string[] }) => `Say which one is meant: -f ${d.files[0] ?? 'FILE'}`,
  },
  'no-lab': {
    exit: 2,
    text: () => 'There is no lab on this machine.',
    next: () => 'Bring one up with: nestlab up -f FILE',
  },
  'several-labs': {
    exit: 2,
    text: (d: { labs: readonly string[] }) => `There are several labs: ${d.labs.join(', ')}.`,
    next: (d: { labs: readonly string[] }) => `Say which one is meant: --lab ${d.labs[0] ?? 'NAME'}`,
  },
  'unknown-lab': {
    exit: 2,
    text: (d: { lab: string; labs: readonly string[] }) => `There is no lab named ${d.lab}.`,
    next: (d: { lab: string; labs: readonly string[] }) =>
      d.labs.length > 0
        ? `The labs here: ${d.labs.join(', ')}.`
        : 'There is no lab at all: nestlab up -f FILE',
  },
  'unknown-rule': {
    exit: 2,
    text: (d: { rule: string; near: string | undefined }) => `There is no rule ${d.rule}.`,
    next: (d: { rule: string; near: string | undefined }) =>
      d.near === undefined
        ? 'All rules: nestlab check --explain list'
        : `Is ${d.near} meant? All rules: nestlab check --explain list`,
  },
  'rules-broken': {
    exit: 1,
    text: (d: { file: string; rules: readonly string[] }) =>
      `${d.file} describes a lab that cannot work; it breaks ${d.rules.join(', ')}.`,
    next: (d: { file: string; rules: readonly string[] }) =>
      `Change the file (nestlab check --fix does what is safe), or go on all the same: --accept ${d.rules.join(',')}`,
  },
  'fix-refused': {
    exit: 1,
    text: (d: { file: string; reason: string }) => `${d.file} was not changed: ${d.reason}.`,
    next: () => 'Change it yourself in an editor; `nestlab trace` says what is in the way.',
  },
  'certificate-not-accepted': {
    exit: 1,
    text: (d: { site: string; fingerprint: string }) =>
      `The certificate was not accepted, so ${d.site} was not added and nothing was sent to it.`,
    next: (d: { site: string; fingerprint: string }) =>
      `Compare it with what the server itself shows; then accept it with --fingerprint ${d.fingerprint}`,
  },
  'nested-not-trusted': {
    exit: 1,
    text: (d: { path: string; fingerprint: string }) =>
      `The certificate of ${d.path} was not accepted; it shows ${d.fingerprint}.`,
    next: (d: { path: string; fingerprint: string }) =>
      `Compare it with what the host itself shows; then accept it with --fingerprint ${d.fingerprint}`,
  },
  'file-exists': {
    exit: 2,
    text: (d: { file: string }) => `${d.file} exists already.`,
    next: () => 'Choose another name, or remove the file first.',
  },
  'import-file-exists': {
    exit: 2,
    text: (d: { file: string }) => `${d.file} exists already.`,
    next: () => 'Choose another name with -o FILE, or write over it with --force.',
  },
  'iso-file-exists': {
    exit: 2,
    text: (d: { file: string }) => `${d.file} exists already.`,
    next: () => 'Choose another name with -o FILE, or write over it with --force.',
  },
  'installer-missing': {
    exit: 2,
    text: (d: { file: string }) => `There is no readable file ${d.file}.`,
    next: () => 'Name the installer ISO of ESXi as it comes from Broadcom: --iso FILE',
  },
  'esxi-host-unknown': {
    exit: 2,
    text: (d: { lab: string; path: string }) => `${d.path} is no ESXi host of lab ${d.lab}.`,
    next: (d: { lab: string; hosts: readonly string[] }) =>
      d.hosts.length > 0
        ? `Its ESXi hosts: ${d.hosts.join(', ')}.`
        : 'It has none; a machine becomes one with `hypervisor: { product: esxi }`.',
  },
  'esxi-password-missing': {
    exit: 2,
    text: (d: { host: string; variable: string }) =>
      `There is no root password for ${d.host}, and nobody is there to be asked.`,
    next: (d: { host: string; variable: string }) =>
      `Put it into the environment variable ${d.variable}, or run the command on a terminal.`,
  },
  'passwords-differ': {
    exit: 2,
    text: () => 'The two passwords differ, so nothing was made.',
    next: () => 'Run the command again, and type the same one twice.',
  },
  'capture-file-exists': {
    exit: 2,
    text: (d: { file: string }) => `${d.file} exists already.`,
    next: () => 'Choose another name, or write over it with --force.',
  },
  'binary-to-terminal': {
    exit: 2,
    text: () => 'A capture is binary data, and standard output is a terminal.',
    next: () => 'Write it to a file (-w FILE), or into a program: nestlab net capture -w - | tshark -r -',
  },
  'capture-broke': {
    exit: 4,
    text: (d: { frames: number }) => `The capture broke off after ${d.frames} frames.`,
    next: () => 'What was captured is whole. nestlab status says what runs; then run the command again.',
  },
  'cannot-write': {
    exit: 3,
    text: (d: { file: string; reason: string }) => `${d.file} cannot be written: ${d.reason}.`,
    next: () => 'Make room or get the right to write there, or work in another folder.',
  },
  'no-expectations': {
    exit: 1,
    text: (d: { file: string }) => `${d.file} expects nothing, so there is nothing to test.`,
    next: () => 'Add a section `expect:` with items such as `- reach: { from: kvm-1/web, to: kvm-2/web }`.',
  },
  'frame-unreadable': {
    exit: 2,
    text: (d: { file: string; reason: string }) => `${d.file} is no frame: ${d.reason}.`,
    next: () => 'Name a file with the bytes of one Ethernet frame, or with their digits in hexadecimal.',
  },
  'probe-not-live': {
    exit: 2,
    text: (d: { from: string; to: string }) =>
      `Nothing can be sent from ${d.from} to ${d.to} on the running lab: they have no addresses of one network, or a frame of your own was asked for.`,
    next: () => 'Leave out --live, or trace machines with addresses by --icmp, --arp or --tcp.',
  },
  'running-lost': {
    exit: 4,
    text: (d: { lab: string }) => `Lab ${d.lab} was kept running, and cannot be found any more.`,
    next: () => 'Were its images changed meanwhile? Run the command again.',
  },
  'needs-terminal': {
    exit: 2,
    text: (d: { verb: string }) =>
      `nestlab ${d.verb} is for a person at a terminal, and standard input is none.`,
    next: (d: { verb: string }) =>
      d.verb === 'console'
        ? 'For scripts, what was printed so far: nestlab logs PATH'
        : d.verb === 'class enter'
          ? 'For scripts, name a command behind the path.'
          : 'For scripts: nestlab exec PATH -- COMMAND',
  },
  'seat-secret-missing': {
    exit: 2,
    text: (d: { seat: string }) =>
      `Nothing was given that opens seat ${d.seat}, and nobody is there to be asked.`,
    next: () =>
      'Put it into the environment variable NESTLAB_SEAT_PASSWORD, or run the command on a terminal.',
  },
  'link-not-shown': {
    exit: 2,
    text: () =>
      'The link of a console lets in whoever has it, and standard output is no terminal but may be kept somewhere.',
    next: () => 'Run the command on a terminal.',
  },
  'no-console-link': {
    exit: 1,
    text: (d: { path: string }) => `The site of ${d.path} shows no consoles to browsers.`,
    next: (d: { path: string }) => `Its serial console: nestlab console ${d.path}`,
  },
  defect: {
    exit: 4,
    text: (d: { what: string }) => `Something happened that Nestlab does not expect: ${d.what}`,
    next: () => 'Run the command again with --debug for the stack trace, and report it.',
  },
  interrupted: {
    exit: 4,
    text: () => 'Stopped by Ctrl-C before everything was done.',
    next: () => 'Run the same command again to go on, or nestlab down to take everything away.',
  },
})
