#!/usr/bin/env bash
# Shows a nested lab being made, used and taken away, with nothing but the `nestlab` command.
set -euo pipefail
cd "$(dirname "$0")/.."

lab=two-hypervisors
file=examples/$lab.lab.yaml

# Every command is shown before it runs, as a reader would type it.
run() {
  printf '\n\033[1m$ nestlab %s\033[0m\n' "$*"
  bin/nestlab "$@"
}

say() {
  printf '\n# %s\n' "$*"
}

# Also after a failure or Ctrl-C nothing stays behind.
take_away() {
  code=$?
  trap - EXIT INT TERM
  if bin/nestlab ls --json | grep -q "\"name\":\"$lab\""; then
    [ "$code" = 0 ] || say 'The demo failed; taking its lab away.'
    run down --lab "$lab" || code=$?
  fi
  exit "$code"
}
trap take_away EXIT
trap 'exit 130' INT TERM

say "The lab file: two KVM hypervisors, a virtual machine inside each ($file)"
run show -f "$file"

say 'One command makes it true.'
run up -f "$file"

say 'Every machine at every level, as it is now.'
run status --lab "$lab"

say 'The inner machines reach each other: through the bridge in kvm-1, the switch of level 0, the bridge in kvm-2.'
address=$(bin/nestlab exec --lab "$lab" kvm-2/web -- ip -4 -o addr show dev nic0 | sed -n 's/.* inet \([0-9.]*\).*/\1/p')
run exec --lab "$lab" kvm-1/web -- ping -c 3 "$address"

say 'What the switches did with the frames.'
run net stats --lab "$lab"

say 'And away with it.'
