/** What can be wrong with sites that a person adds; the rooms have tables of their own. */
import { failuresOf } from '#failure'

export const failSite = failuresOf({
  'site-unknown': {
    exit: 2,
    text: (d: { site: string; sites: readonly string[] }) => `There is no site ${d.site}.`,
    next: (d: { site: string; sites: readonly string[] }) =>
      d.sites.length > 0
        ? `The sites here: ${d.sites.join(', ')}.`
        : 'Add one with: nestlab site add NAME URL --user USER',
  },
  'site-name': {
    exit: 2,
    text: (d: { site: string }) => `${d.site} cannot be the name of a site.`,
    next: () => 'Use a-z, 0-9 and inner hyphens, beginning with a letter; local and sim are taken.',
  },
  'site-there': {
    exit: 2,
    text: (d: { site: string; url: string }) => `There is a site ${d.site} already, at ${d.url}.`,
    next: () => 'Choose another name, or repeat the command with --again to replace it.',
  },
  'site-address': {
    exit: 2,
    text: (d: { url: string; reason: string }) =>
      `${d.url} is no address of a vCenter or ESXi host: ${d.reason}.`,
    next: () => 'Write it like https://vcenter.lab',
  },
  'site-password-missing': {
    exit: 2,
    text: (d: { site: string; variable: string }) =>
      `There is no password for ${d.site}, and nobody is there to be asked.`,
    next: (d: { site: string; variable: string }) =>
      `Put it into the environment variable ${d.variable}, or keep it in the keyring: nestlab site add … --remember`,
  },
  'keyring-lacking': {
    exit: 3,
    text: (d: { site: string; variable: string }) =>
      `The password of ${d.site} could not be kept: the keyring of this system does not answer.`,
    next: (d: { site: string; variable: string }) =>
      `Install libsecret-tools and unlock the keyring, or use the environment variable ${d.variable}.`,
  },
  'site-setting': {
    exit: 2,
    text: (d: { key: string; reason: string }) => `${d.key} cannot be set: ${d.reason}.`,
    next: () => 'nestlab site set --help lists what can be set.',
  },
  'nested-address': {
    exit: 4,
    text: (d: { site: string; machine: string }) => `Nothing tells where ${d.machine} can be reached.`,
    next: (d: { site: string; machine: string }) =>
      `Say it with: nestlab site set ${d.site} reach.${d.machine} ADDRESS`,
  },
  'nested-certificate': {
    exit: 4,
    text: (d: { machine: string; server: string; fingerprint: string }) =>
      `Nobody vouches for the certificate that ${d.machine} shows at ${d.server} (${d.fingerprint}), so nobody logged in.`,
    next: () => 'Compare it with what the host itself shows, and repeat the command with --trust-nested.',
  },
  'nested-certificate-changed': {
    exit: 4,
    text: (d: { machine: string; server: string; known: string; fingerprint: string }) =>
      `${d.machine} shows another certificate at ${d.server} than when it was first looked into: ${d.fingerprint}, not ${d.known}. Nothing was sent to it.`,
    next: (d: { machine: string; lab: string; fingerprint: string }) =>
      `Something else may answer there. Compare it with what the host itself shows, and if it is the same: nestlab esxi trust ${d.machine} --lab ${d.lab} --fingerprint ${d.fingerprint}`,
  },
  'nested-login-refused': {
    exit: 4,
    text: (d: { machine: string; server: string; user: string }) =>
      `${d.machine} does not let ${d.user} in at ${d.server}. Nothing was tried again, since hosts lock accounts after a few wrong passwords.`,
    next: (d: { variable: string }) =>
      `Correct the password in the keyring or in ${d.variable}; a host that still sets itself up may need a moment more. Then repeat the command.`,
  },
  'disk-image-unfit': {
    exit: 2,
    text: (d: { image: string; machine: string }) =>
      `${d.image} is no whole disk with a boot loader, so ${d.machine} cannot start from it on vSphere.`,
    next: () => 'Choose a cloud image (qcow2 or raw, with cloud-init), or say what the site has for it.',
  },
  'disk-image-larger': {
    exit: 2,
    text: (d: { image: string; machine: string; ownMiB: number; wantedMiB: number }) =>
      `The boot disk of ${d.machine} is to have ${d.wantedMiB} MiB, but ${d.image} has ${d.ownMiB} MiB.`,
    next: () => 'Disks grow and do not shrink: take `bootDisk` out of the lab file, or choose a larger size.',
  },
  'site-in-use': {
    exit: 1,
    text: (d: { site: string; labs: readonly string[] }) =>
      `Site ${d.site} has labs: ${d.labs.join(', ')}. Without the site they could not be taken down.`,
    next: (d: { site: string; labs: readonly string[] }) =>
      `Take them down first: nestlab down --lab ${d.labs[0] ?? 'NAME'}`,
  },
})

/** What can be wrong with packing labs and taking in those of others, beside what the rooms say. */
export const failBlueprint = failuresOf({
  'pack-images-missing': {
    exit: 1,
    text: (d: { lab: string; images: readonly string[] }) =>
      `Images of ${d.lab} are not in the image store: ${d.images.join(', ')}.`,
    next: () => 'Build or import them (nestlab image), or bring the lab up once, and pack it again.',
  },
  'pack-disks-hold-keys': {
    exit: 1,
    text: (d: { lab: string; machines: readonly string[] }) =>
      `The disks that ${d.machines.join(', ')} of ${d.lab} wrote to hold the keys of this lab, so they are not packed.`,
    next: (d: { lab: string }) =>
      `Pack the lab without what was written (nestlab blueprint pack ${d.lab}), or freshly brought up under other keys (--running).`,
  },
  'pack-running-elsewhere': {
    exit: 3,
    text: (d: { lab: string; site: string }) =>
      `Lab ${d.lab} runs on site ${d.site}; only labs on this machine's QEMU can be packed running.`,
    next: () => 'Pack it without --running, or with a site of local in its file.',
  },
  'pack-running-licensed': {
    exit: 1,
    text: (d: { lab: string; machines: readonly string[] }) =>
      `Lab ${d.lab} cannot be packed running: the licences of what runs in ${d.machines.join(', ')} do not let it be handed on, and it is in their memory.`,
    next: () => 'Pack it without --running: these images are then named only.',
  },
  'blueprint-lab-wrong': {
    exit: 1,
    text: (d: { source: string; reason: string }) => `The lab file in ${d.source} is refused: ${d.reason}`,
    next: () => 'Nothing was written. Ask whoever packed it, or pull the files apart with tar and look.',
  },
  'blueprint-lab-name': {
    exit: 2,
    text: (d: { name: string }) => `${JSON.stringify(d.name)} cannot be the name of a lab.`,
    next: () => 'A lab is called by up to 40 lower-case letters, digits and hyphens: --name NAME',
  },
  'blueprint-folder-there': {
    exit: 2,
    text: (d: { path: string }) => `${d.path} is there already, with other content.`,
    next: () => 'Give the lab another name with --name, or move that away.',
  },
})
