/** Makes an ordinary cloud image once: Debian 12 with cloud-init, netplan and OpenSSH, started by GRUB from an MBR disk. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, open, readFile, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = fileURLToPath(new URL('../../.cache/cloud-image', import.meta.url))

const packages = [
  ...['linux-image-cloud-amd64', 'systemd-sysv', 'udev', 'dbus', 'iproute2'],
  ...['cloud-init', 'netplan.io', 'openssh-server', 'grub-common', 'grub-pc-bin'],
]

/** Sparse: what is not used takes no room in the qcow2 file. */
const rootMiB = 1024
const sectorBytes = 512
/** The first partition begins after 1 MiB, and GRUB's core has the sectors between. */
const rootSector = 2048

/** Before the kernel is installed, so that its initrd is made once and holds only what finds this disk. */
const beforeKernel = `set -eu
mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\\nCOMPRESS=gzip\\n' >"$1/etc/initramfs-tools/conf.d/small"
printf 'virtio_pci\\nvirtio_blk\\n' >"$1/usr/share/initramfs-tools/modules.d/small"`

/** As in src/guests/boot-order.ts: each saves a visible part of an emulated boot. */
const kernelParameters =
  'mitigations=off tsc=reliable no_timer_check random.trust_cpu=on cryptomgr.notests audit=0 lsm=capability'

const grubConfig = `linux /boot/vmlinuz root=/dev/vda1 ro console=ttyS0 quiet ${kernelParameters}
initrd /boot/initrd.img
boot`

/** What a machine of a lab never needs, each a visible part of an emulated boot. */
const masked = [
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'dpkg-db-backup.timer',
    'fstrim.timer',
    'e2scrub_all.timer',
  ],
  ...['systemd-networkd-wait-online.service', 'systemd-pstore.service', 'e2scrub_reap.service'],
  ...['systemd-update-utmp.service', 'cloud-init-hotplugd.socket', 'systemd-binfmt.service'],
  ...['configfs', 'dm_mod', 'drm', 'efi_pstore', 'fuse', 'loop'].map((one) => `modprobe@${one}.service`),
  ...['sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'dev-hugepages.mount', 'dev-mqueue.mount'],
  ...['sys-fs-fuse-connections.mount', 'sys-kernel-config.mount', 'systemd-journal-flush.service'],
]

const cloudConfig = `datasource_list: [NoCloud]
cloud_init_modules: [set_hostname, users-groups, ssh]
cloud_config_modules: []
cloud_final_modules: []`

/** `$1` = the system's root, `$2` = where the parts of the disk go. */
const afterPackages = `set -eu
root=$1
cd "$root"
echo '/dev/vda1 / ext4 defaults 0 0' >etc/fstab
: >etc/machine-id
cat >etc/cloud/cloud.cfg.d/90-small.cfg <<'END'
${cloudConfig}
END
for unit in ${masked.join(' ')}; do ln -sf /dev/null "etc/systemd/system/$unit"; done
chroot . systemctl enable systemd-networkd
rm -f etc/ssh/ssh_host_* var/cache/apt/archives/*.deb
rm -rf var/lib/apt/lists/*
ln -s "$(basename boot/vmlinuz-*)" boot/vmlinuz
ln -s "$(basename boot/initrd.img-*)" boot/initrd.img
mkdir boot/grub
cat >boot/grub/grub.cfg <<'END'
${grubConfig}
END
chroot . grub-mkimage -O i386-pc -o /boot/grub/core.img -p '(hd0,msdos1)/boot/grub' biosdisk part_msdos ext2 linux normal
cp usr/lib/grub/i386-pc/boot.img boot/grub/core.img "$2"
# The same directory without what is mounted below it.
mount --bind "$root" mnt
mke2fs -q -t ext4 -L root -d mnt "$2/root.ext4" ${rootMiB}M
umount mnt`

/** Resolves with the path of the qcow2 file, named by everything that went into it. Takes minutes the first time. */
export async function debianImage(): Promise<string> {
  const inputs = JSON.stringify([packages, beforeKernel, afterPackages, rootMiB])
  const name = createHash('sha256').update(inputs).digest('hex').slice(0, 16)
  const image = join(cache, `debian-12-${name}.qcow2`)
  if (await isThere(image)) return image
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'making-'))
  try {
    await bootstrap(folder)
    await putLoader(folder)
    await run('qemu-img', ['convert', '-O', 'qcow2', join(folder, 'disk.raw'), join(folder, 'disk.qcow2')])
    await rename(join(folder, 'disk.qcow2'), image)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return image
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function bootstrap(folder: string): Promise<void> {
  const unwanted = ['man', 'doc', 'locale', 'info'].map((one) => `--dpkgopt=path-exclude=/usr/share/${one}/*`)
  const hook = (script: string) => `sh -c '${script.replaceAll("'", "'\\''")}' hook "$1" '${folder}'`
  await run('mmdebstrap', [
    ...['--variant=apt', '--format=null', `--include=${packages.join(',')}`, ...unwanted],
    ...['--aptopt=APT::Install-Recommends "false"', '--aptopt=APT::Install-Suggests "false"'],
    ...[`--essential-hook=${hook(beforeKernel)}`, `--customize-hook=${hook(afterPackages)}`],
    ...['bookworm', '/dev/null'],
  ])
}

/**
 * GRUB's first sector, its core in the sectors after it, where the two look for each other unless told otherwise,
 * and one partition.
 */
async function putLoader(folder: string): Promise<void> {
  const first = (await readFile(join(folder, 'boot.img'))).subarray(0, sectorBytes)
  const core = await readFile(join(folder, 'core.img'))
  if (core.length > (rootSector - 1) * sectorBytes) throw new Error('the core of GRUB does not fit')
  // Code for floppies stands where a hard disk has its partition table.
  const entry = first.fill(0, 446, 510).subarray(446)
  entry.writeUInt8(0x80, 0)
  entry.writeUInt8(0x83, 4)
  entry.writeUInt32LE(rootSector, 8)
  entry.writeUInt32LE((rootMiB * 1024 * 1024) / sectorBytes, 12)
  first.writeUInt16LE(0xaa55, 510)
  const disk = join(folder, 'disk.raw')
  const handle = await open(disk, 'w')
  try {
    await handle.write(first, 0, first.length, 0)
    await handle.write(core, 0, core.length, sectorBytes)
  } finally {
    await handle.close()
  }
  const place = [
    `seek=${(rootSector * sectorBytes) / (1024 * 1024)}`,
    'conv=sparse,notrunc',
    'bs=1M',
    'status=none',
  ]
  await run('dd', [`if=${join(folder, 'root.ext4')}`, `of=${disk}`, ...place])
  // The end of the partition may have been sparse.
  await truncate(disk, rootSector * sectorBytes + rootMiB * 1024 * 1024)
}
