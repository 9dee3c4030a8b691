/** What a machine is asked, as commands of a POSIX shell that need no rights. */
import { shellQuote } from '../shell.ts'

/** Programs that Nestlab starts beside QEMU: what for, and the Debian package that has them. */
export const TOOLS: Readonly<Record<string, { readonly for: string; readonly debianPackage: string }>> = {
  'qemu-img': { for: 'makes the disks of machines', debianPackage: 'qemu-utils' },
  'apt-get': { for: 'finds the packages that images are built of', debianPackage: 'apt' },
  'dpkg-deb': { for: 'unpacks them', debianPackage: 'dpkg' },
  'mkfs.erofs': { for: 'packs images', debianPackage: 'erofs-utils' },
}

const parameters = (module: string, names: readonly string[]): string =>
  names.map((name) => `printf '${name}=%s\\n' "$(cat /sys/module/${module}/parameters/${name})"`).join('; ')

export interface Subject {
  /** QEMU's program. */
  readonly qemu: string
  /** Where images and machines are kept; need not exist yet. */
  readonly folder: string
}

export function questionsAbout({ qemu, folder }: Subject): Readonly<Record<string, string>> {
  const program = shellQuote([qemu])
  return {
    cpuinfo: 'cat /proc/cpuinfo',
    meminfo: 'cat /proc/meminfo',
    architecture: 'uname -m',
    kernel: 'uname -r',
    product: 'cat /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name',
    kvm_intel: `[ -d /sys/module/kvm_intel ] && { ${parameters('kvm_intel', ['nested', 'ept', 'enable_shadow_vmcs'])}; }`,
    kvm_amd: `[ -d /sys/module/kvm_amd ] && { ${parameters('kvm_amd', ['nested', 'npt'])}; }`,
    kvm_modules: 'cd /sys/module && ls -d kvm kvm_*',
    device: "[ -e /dev/kvm ] && stat -c '%U %G %a' /dev/kvm",
    device_usable: '[ -r /dev/kvm ] && [ -w /dev/kvm ] && echo yes',
    user: 'id -un; id -u; id -Gn',
    qemu_version: `${program} --version`,
    qemu_accelerators: `${program} -accel help`,
    qemu_netdevs: `${program} -netdev help`,
    qemu_objects: `${program} -object help`,
    tools: `for t in ${shellQuote(Object.keys(TOOLS))}; do command -v "$t" >/dev/null && echo "$t"; done`,
    // The folder may be made later: its nearest parent that exists has the disk.
    disk: `d=${shellQuote([folder])}; while [ ! -d "$d" ]; do d=$(dirname "$d"); done; df -Pk "$d"`,
    limits: 'cat /proc/self/limits',
    namespaces: 'unshare -Ur true && echo works',
  }
}
