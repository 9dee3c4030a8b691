#!/usr/bin/env bash
# Shows a nested lab being made, used and taken away, with nothing but the `nestlab` command.
# With a lab file as argument, that lab; it must have the machines kvm-1/web and kvm-2/web and be named like its file.
set -euo pipefail
cd "$(dirname "$0")/.."

file=${1:-examples/two-hypervisors.lab.yaml}
lab=$(basename "$file" .lab.yaml)

# Every command is shown before it runs, as a reader would type it.
run() {
  printf '\n$ nestlab %s\n' "$*"
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

say 'Will it work? More than a hundred rules, asked before anything is started.'
run check -f "$file"

say 'One command makes it true.'
run up -f "$file"

say 'Every machine at every level, as it is now.'
run status --lab "$lab"

say 'The inner machines reach each other: through the bridge in kvm-1, the switch of level 0, the bridge in kvm-2.'
address=$(bin/nestlab status --lab "$lab" --json | grep -o '"path":"kvm-2/web"[^}]*' | grep -oE '10\.[0-9.]+' | head -1)
run exec --lab "$lab" kvm-1/web -- ping -c 3 "$address"

say 'The same on the file alone: every switch, VLAN and hypervisor that a ping passes.'
run trace -f "$file" kvm-1/web kvm-2/web

# Simulated machines send no real frames that could be held up.
if ! bin/nestlab ls --json | grep -q "\"name\":\"$lab\",\"site\":\"sim\""; then
  say 'A bad link, while the lab runs: 40 ms more in each direction, and good again.'
  run net impair --lab "$lab" kvm-1 --delay 40ms
  run exec --lab "$lab" kvm-1/web -- ping -c 3 "$address"
  run net impair --lab "$lab" kvm-1 --clear
fi

say 'What the switches did with the frames.'
run net stats --lab "$lab"

say 'And away with it.'
