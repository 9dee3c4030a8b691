/** Takes away what a level leaves besides its machines and switches. */
import type { Host } from '#host'
import type { LevelPaths } from '#store'
import { runScript, words } from './script.ts'

/**
 * Folders of machines and switches that still exist are kept, and so is everything else in the lab's folder: at
 * level 0 it holds the lab's record, which is not ours.
 */
export async function clearLevel(
  host: Host,
  level: LevelPaths,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { machines, switches, run } = level
  const script = `
gone() { [ -e "$1" ] || return 0; rm -rf "$1"; echo "$1"; }
for half in ${words(machines)}/.new-* ${words(machines)}/.old-* ${words(switches)}/*.new; do gone "$half"; done
for folder in ${words(machines, switches)}; do
  [ ! -d "$folder" ] || { rmdir "$folder" 2>/dev/null && echo "$folder"; } || :
done
if [ ! -e ${words(machines)} ] && [ ! -e ${words(switches)} ]; then
  for left in ${words(level.switchConfig, level.switchLog, level.impairments, run)}; do gone "$left"; done
fi
rmdir ${words(level.state)} 2>/dev/null || :`
  const said = await runScript(host, script, { doing: 'take away the files of the lab', signal })
  return said.split('\n').filter((line) => line !== '')
}
