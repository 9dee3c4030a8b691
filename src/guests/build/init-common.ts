/** Parts of the init scripts of our guests: each process costs 5-20 ms under TCG, so they start as few as they can. */

/** What `modprobe` asks for, with all it needs, in one process and without reading any index. */
export function insmodLines(modules: readonly { readonly name: string }[], release: string): string {
  return modules.map(({ name }) => `insmod /lib/modules/${release}/${name}.ko`).join('\n')
}

/**
 * Reads the settings. Values are only ever assigned and quoted, never evaluated. `nic` lines: name, MAC, MTU, address.
 * They are copied first: `read` takes one byte at a time, and for each of them the firmware file is read from its start
 * over a port, which takes 40 s in a nested guest.
 * `ip` may be busybox's or iproute2's; both know these words.
 */
export function settingsLines(keyFile: string): string {
  return `
hostname=nestlab
link_of() { # MAC -> link
  for link in /sys/class/net/*; do
    read -r mac < "$link/address" 2>/dev/null || continue
    [ "$mac" = "$1" ] && { link="\${link##*/}"; return 0; }
  done
  return 1
}
nic() { # name MAC MTU [address/prefix]
  set +f
  link_of "$2" || { echo "nestlab: no NIC with MAC $2" ; return; }
  ip link set dev "$link" name "$1" mtu "$3" up
  [ -z "$4" ] || ip addr add "$4" dev "$1"
}
umask 077
cat /sys/firmware/qemu_fw_cfg/by_name/opt/nestlab/settings/raw > /run/settings
while IFS= read -r line; do
  value="\${line#*=}"
  case "$line" in
    hostname=*) hostname="$value"; echo "$value" > /proc/sys/kernel/hostname ;;
    authorized_key=*) echo "$value" >> /root/.ssh/authorized_keys ;;
    dropbear_key=*) echo "$value" | base64 -d > ${keyFile} ;;
    nic=*) set -f; nic $value ;;
    control_mac=*) nic ctl0 "$value" 1500 10.0.2.15/24 ;;
    gateway=*) ip route add default via "$value" ;;
    name_server=*) echo "nameserver $value" > /run/resolv.conf ;;
  esac
done < /run/settings
rm /run/settings
umask 022
ip link set dev lo up`
}

/** Runs beside the shell: waits for the power button, which the kernel shows as an input device. */
export const powerButtonLines = `
power_button() {
  for input in /sys/class/input/event*; do
    read -r name < "$input/device/name"
    case "$name" in *"Power Button"*) ;; *) continue ;; esac
    dd if="/dev/input/\${input##*/}" of=/dev/null bs=24 count=1 2>/dev/null && kill -USR2 1
    return
  done
}`

/** \`poweroff\`, \`reboot\` and \`halt\` of busybox send these signals to process 1. */
export const endLines = `
finish() { # how
  trap '' USR1 USR2 TERM
  echo "nestlab: $1"
  kill -TERM -1; usleep 100000; sync
  busybox "$1" -f
}
trap 'finish poweroff' USR2
trap 'finish reboot' TERM
trap 'finish halt' USR1`
