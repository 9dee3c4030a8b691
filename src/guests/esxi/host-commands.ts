/** Commands for the shell of a running ESXi that several scripts begin with. */

/** Five seconds apart. */
const attempts = 120

/** Waits until hostd answers; after ten minutes it does something else. */
export function hostUp(otherwise: string): readonly string[] {
  return [
    'tries=0',
    'while ! vim-cmd hostsvc/hostsummary > /dev/null 2>&1; do',
    'tries=$((tries + 1))',
    `if [ $tries -ge ${attempts} ]; then ${otherwise}; fi`,
    'sleep 5',
    'done',
  ]
}

export function hostName({ hostname }: { readonly hostname: string }): readonly string[] {
  return [`esxcli system hostname set --${hostname.includes('.') ? 'fqdn' : 'host'}=${hostname}`]
}
