/** Everything that goes wrong between Nestlab and its switch process. */
import { failuresOf } from '#failure'

export const fail = failuresOf({
  'switch-config': {
    exit: 4,
    text: ({ place, at, wrong }: { place: string; at: string; wrong: string }) =>
      `The switch configuration ${place} is damaged: ${at || 'it'} ${wrong}.`,
    next: () => 'Run `nestlab up` again; it writes the configuration anew.',
  },
  'switch-path': {
    exit: 3,
    text: ({ path, bytes }: { path: string; bytes: number }) =>
      `The socket path ${path} has ${bytes} bytes; the system takes at most 107.`,
    next: () => 'Set NESTLAB_HOME (or XDG_RUNTIME_DIR) to a shorter folder, or shorten the lab’s name.',
  },
  'switch-running': {
    exit: 4,
    text: ({ lab, controlSocket }: { lab: string; controlSocket: string }) =>
      `A switch process of lab ${lab} is running already; it answers on ${controlSocket}.`,
    next: ({ lab }: { lab: string }) => `Use it as it is, or end it with \`nestlab down ${lab}\`.`,
  },
  'switch-start': {
    exit: 4,
    text: ({ lab, why, said }: { lab: string; why: string; said: string }) =>
      `The switch process of lab ${lab} did not start: ${why}. ${said ? `It said: ${said}` : 'It said nothing.'}`,
    next: () => 'Repair what it names and run the command again.',
  },
  'switch-unreachable': {
    exit: 4,
    text: ({ controlSocket, why }: { controlSocket: string; why: string }) =>
      `No switch process answers on ${controlSocket}: ${why}.`,
    next: () => 'Run `nestlab up`: it starts the switch again, and running machines reconnect to it.',
  },
  'switch-lost': {
    exit: 4,
    text: ({ controlSocket }: { controlSocket: string }) =>
      `The connection to the switch process on ${controlSocket} broke before it answered.`,
    next: () => 'Run `nestlab status` to see whether it is still there, then the command again.',
  },
  'switch-refused': {
    exit: 4,
    text: ({ request, why }: { request: string; why: string }) =>
      `The switch process refused \`${request}\`: ${why}`,
    next: () => 'It goes on with what it had. Run `nestlab up` again.',
  },
  'switch-stuck': {
    exit: 4,
    text: ({ pid }: { pid: number }) => `The switch process ${pid} did not end, even when killed.`,
    next: ({ pid }: { pid: number }) => `Look at it with \`ps -p ${pid}\`, then run the command again.`,
  },
  'bridge-name': {
    exit: 4,
    text: ({ what, value }: { what: string; value: string }) =>
      `${JSON.stringify(value)} cannot be used as ${what} of a Linux bridge.`,
    next: () => 'Use names of letters, digits, dots, dashes and underscores, links of at most 15 bytes.',
  },
})
