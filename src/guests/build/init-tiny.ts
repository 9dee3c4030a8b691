/** What the tiny guest runs as process 1. */
import { endLines, insmodLines, powerButtonLines, settingsLines } from './init-common.ts'
import type { KernelModule } from './modules.ts'

/** What is loaded always, and what to find virtio devices by on the two kinds of board; each with all it needs. */
export interface TinyModules {
  readonly early: readonly KernelModule[]
  readonly pci: readonly KernelModule[]
  readonly mmio: readonly KernelModule[]
}

export function tinyInit(release: string, { early, pci, mmio }: TinyModules): string {
  const missing = (modules: readonly KernelModule[]) =>
    modules.filter(({ name }) => !early.some((one) => one.name === name))
  return `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec < /dev/console > /dev/console 2>&1
${insmodLines(early, release)}
if [ -e /sys/devices/pci0000:00 ]; then
${insmodLines(missing(pci), release)}
else
${insmodLines(missing(mmio), release)}
fi
mkdir -p /dev/pts /root/.ssh /run/www
mount -t devpts devpts /dev/pts
${settingsLines('/run/dropbear.key')}
dropbear -R -r /run/dropbear.key -s -g -j -k -p 22 -E 2> /run/dropbear.log
echo "nestlab: ready"
${endLines}
${powerButtonLines}
echo "127.0.0.1 localhost $hostname" > /etc/hosts
ln -s /run/resolv.conf /etc/resolv.conf
echo "$hostname" > /run/www/index.html
httpd -h /run/www -p 80
(modprobe -a evdev button; power_button) &
(while :; do setsid cttyhack sh -l; usleep 200000; done) &
while :; do wait; usleep 50000; done
`
}
