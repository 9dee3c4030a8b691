/** The kickstart of a nested ESXi, and the options its installer is booted with. */
import { firstBoot } from './first-boot.ts'
import {
  type CheckedSettings,
  checkSettings,
  type KickstartSettings,
  sizedSystem,
} from './kickstart-settings.ts'
import { markFunction } from './marks.ts'
import { netmaskOf } from './values.ts'
import { isAtLeast, versionText } from './version.ts'

/** Upper case, so that it is called the same in every tree of the ISO; the installer minds the case. */
export const kickstartName = 'KS.CFG'

/** Fails with `esxi-settings-refused`. Holds no password, only its hash. */
export function kickstartOf(settings: KickstartSettings): string {
  const checked = checkSettings(settings)
  const lines = [...commands(checked), '', ...afterInstall(checked), '', ...firstBoot(checked)]
  return `${lines.join('\n')}\n`
}

/**
 * For `bootConfig`. `cdromBoot` is not among them: with it the installer does not look for the kickstart on the CD it
 * was booted from (seen by others with 8.0U3).
 */
export function kernelOptions(settings: KickstartSettings): readonly string[] {
  const { release, systemMediaSize, oldProcessor, serialLog } = checkSettings(settings)
  return [
    'runweasel',
    `ks=cdrom:/${kickstartName}`,
    ...(isAtLeast(release, sizedSystem) ? [`systemMediaSize=${systemMediaSize ?? 'min'}`] : []),
    ...(oldProcessor ? ['allowLegacyCPU=true'] : []),
    ...(serialLog ? ['logPort=com1', 'gdbPort=none'] : []),
  ]
}

/** VMware vSphere, ESXi Installation and Setup, "Installation and Upgrade Script Commands", 5.5 to 8.0. */
function commands(settings: CheckedSettings): readonly string[] {
  const { release, rootPasswordHash, licenceKey } = settings
  return [
    `# Made by Nestlab for ESXi ${versionText(release)}.`,
    'vmaccepteula',
    `rootpw --iscrypted ${rootPasswordHash}`,
    installLine(settings),
    networkLine(settings),
    ...(licenceKey === undefined ? [] : [`serialnum --esx=${licenceKey}`]),
    'reboot',
  ]
}

function installLine({ installDisk, datastore, afterInstall, oldProcessor }: CheckedSettings): string {
  const words = [
    'install',
    installDisk === undefined ? '--firstdisk' : `--disk=${installDisk}`,
    '--overwritevmfs',
    // A datastore would have the same signature in every copy of this disk.
    ...(datastore || afterInstall === 'power-off' ? ['--novmfsondisk'] : []),
    ...(oldProcessor ? ['--forceunsupportedinstall'] : []),
  ]
  return words.join(' ')
}

function networkLine({ network, device = 'vmnic0', hostname }: CheckedSettings): string {
  const words = [`network --bootproto=${network.mode}`, `--device=${device}`]
  if (network.vlan !== undefined) words.push(`--vlanid=${network.vlan}`)
  if (network.mode === 'static') {
    const { ip, prefixLength, gateway, nameServers = [] } = network
    words.push(`--ip=${ip}`, `--netmask=${netmaskOf(prefixLength)}`)
    if (gateway !== undefined) words.push(`--gateway=${gateway}`)
    if (nameServers.length > 0) words.push(`--nameserver=${nameServers.join(',')}`)
    words.push(`--hostname=${hostname}`)
  }
  // No port group that the lab file does not name.
  return [...words, '--addvmportgroup=0'].join(' ')
}

/** Runs in the installer, where there is no hostd: of what switches off, only `poweroff -f` works there. */
function afterInstall({ markId = 'install', afterInstall: then }: CheckedSettings): readonly string[] {
  return [
    '%post --interpreter=busybox --ignorefailure=true',
    ...markFunction(markId),
    'mark installed',
    // Until the line is out of the serial port.
    'sleep 2',
    ...(then === 'power-off' ? ['poweroff -f'] : []),
  ]
}
