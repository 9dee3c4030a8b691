/** Gives a running guest other keys: whom it lets in, and by what it is known. */
import type { Host } from '#host'
import { fail } from './errors.ts'
import type { LabKeys } from './guest.ts'
import { dropbearKey } from './keys.ts'

const limitMs = 60_000

/**
 * Standard input: the authorized key, the host key as dropbear has it, and as OpenSSH has it. Whoever else is logged in
 * is thrown out; the session that does it goes on. Runs in busybox, dash and bash.
 */
const script = `
set -eu
umask 077
read -r authorized
read -r dropbear
cat > /run/host-key.new
printf '%s\\n' "$authorized" > /root/.ssh/authorized_keys.new
mv /root/.ssh/authorized_keys.new /root/.ssh/authorized_keys
if [ ! -e /run/dropbear.key ]; then
  rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
  mv /run/host-key.new /etc/ssh/ssh_host_ed25519_key
  ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key > /etc/ssh/ssh_host_ed25519_key.pub
  systemctl restart ssh 2>/dev/null || systemctl restart sshd
  exit 0
fi
rm /run/host-key.new
printf '%s' "$dropbear" | base64 -d > /run/dropbear.key.new
mv /run/dropbear.key.new /run/dropbear.key
parent_of() { while read -r key value; do if [ "$key" = PPid: ]; then parent=$value; fi; done < "/proc/$1/status"; }
mine=' '
process=$$
while [ "$process" -gt 1 ]; do
  mine="$mine$process "
  server=$process
  parent_of "$process"
  process=$parent
done
read -r name < "/proc/$server/comm"
[ "$name" = dropbear ]
set -- $(tr '\\0' ' ' < "/proc/$server/cmdline")
for process in $(pidof dropbear); do
  case "$mine" in *" $process "*) ;; *) kill -9 "$process" 2>/dev/null || : ;; esac
done
kill "$server"
while [ -e "/proc/$server" ]; do sleep 0.1; done
"$@" < /dev/null > /dev/null 2> /run/dropbear.log
`

/** The guest must be entered with the keys that it has. Fails with `guest-unfit`. */
export async function rekey(inside: Host, keys: LabKeys, signal: AbortSignal): Promise<void> {
  const { clientPublic, hostPrivate } = keys
  const stdin = `${clientPublic.trim()}\n${dropbearKey(hostPrivate)}\n${hostPrivate.trimEnd()}\n`
  const { code, stderr } = await inside.run(['sh', '-c', script], { stdin, limitMs, signal })
  if (code === 0) return
  const reason = `it did not take its new keys (${stderr.trim().split('\n').at(-1) || `exit code ${code}`})`
  throw fail('guest-unfit', { guest: inside.name, reason })
}
