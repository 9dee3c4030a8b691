/** What the kvm-node runs: a stage that finds the root disk, and process 1. */
import { endLines, insmodLines, powerButtonLines, settingsLines } from './init-common.ts'
import { proofExitCode } from './kvm-proof.ts'
import type { KernelModule } from './modules.ts'

/** In the initramfs: the first disk is the root file system, read-only. */
export function kvmNodeStage(release: string, modules: readonly KernelModule[]): string {
  return `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec < /dev/console > /dev/console 2>&1
${insmodLines(modules, release)}
mount -t erofs -o ro /dev/vda /root-disk
/bin/busybox mount -o move /dev /root-disk/dev
/bin/busybox mount -o move /proc /root-disk/proc
exec /bin/busybox switch_root /root-disk /usr/sbin/nestlab-init
`
}

/** Where the kvm-node says which accelerator its own machines get: `kvm` or `tcg`. */
export const acceleratorFile = '/run/nestlab/accelerator'

export function kvmNodeInit(release: string, early: readonly KernelModule[]): string {
  return `#!/bin/busybox sh
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755,nosuid run /run
mount -t tmpfs tmp /tmp
mount -t tmpfs -o mode=700 root /root
mkdir -p /dev/pts /dev/shm /root/.ssh /run/nestlab/images /run/var/log /run/var/tmp /run/var/lib
mount -t devpts devpts /dev/pts
${insmodLines(early, release)}
insmod /lib/modules/${release}/kvm_amd.ko nested=1 2>/dev/null || insmod /lib/modules/${release}/kvm_intel.ko nested=1 2>/dev/null
${proofLines}
prove_kvm &
${settingsLines('/run/dropbear.key')}
echo "127.0.0.1 localhost $hostname" > /run/hosts
${libraryLines}
dropbear -R -r /run/dropbear.key -s -g -p 22 -E 2> /run/dropbear.log
echo "nestlab: ready"
${endLines}
${powerButtonLines}
(
  modprobe -a tun bridge 8021q nf_tables evdev button virtio_console virtio_rng
  for port in /sys/class/virtio-ports/*; do
    read -r name < "$port/name" 2>/dev/null || continue
    [ "$name" = org.qemu.guest_agent.0 ] || continue
    qemu-ga -m virtio-serial -p "/dev/\${port##*/}" -t /run -f /run/qemu-ga.pid -l /run/qemu-ga.log -d
  done
  power_button
) &
(while :; do setsid cttyhack bash -l; usleep 200000; done) &
while :; do wait; usleep 50000; done
`
}

/** A disk with the serial number \`library\` holds the images for machines inside. */
const libraryLines = `
for disk in /sys/block/vd*; do
  serial=
  read -r serial < "$disk/serial" 2>/dev/null # which has no end of line, so this "fails"
  [ "$serial" = library ] || continue
  ln -s "/dev/\${disk##*/}" /run/nestlab/library.dev
  mount -t erofs -o ro,nosuid,nodev "/dev/\${disk##*/}" /run/nestlab/images
done`

/**
 * An open /dev/kvm proves nothing; a guest that ran to its end does. An emulated node needs a second or two for it,
 * and ten times that where many others want the same processors.
 */
const proofLines = `
prove_kvm() {
  accelerator=tcg
  if [ -c /dev/kvm ]; then
    timeout 30 qemu-system-x86_64 -accel kvm -cpu host -machine microvm,x-option-roms=off -m 8 -nodefaults -no-user-config \\
      -display none -bios nestlab-proof.bin -device isa-debug-exit,iobase=0xf4,iosize=1 > /run/nestlab/proof.log 2>&1
    [ $? = ${proofExitCode} ] && accelerator=kvm
  fi
  echo $accelerator > ${acceleratorFile}.new
  mv ${acceleratorFile}.new ${acceleratorFile}
}`
