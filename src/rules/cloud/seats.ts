/** Rules about the seats of a class: students who are no administrators, disks, NAT, and Hyper-V inside. */
import { cloudFacts } from '#facts'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'

const group = 'Hyper-V Administrators'

/** The cloud in which the seats are. */
function cloudOf({ lab, site }: Scene) {
  const provider = lab.class?.provider ?? site.cloud?.provider
  return provider === undefined ? undefined : cloudFacts(provider)
}

/** Where nothing says so, a seat is not taken for one of Windows. */
function isWindows({ lab, site }: Scene): boolean {
  const { provider = site.cloud?.provider, diskFolder = '' } = lab.class ?? {}
  if (provider === 'azure-lab-services' || /^[a-z]:[\\/]/i.test(diskFolder)) return true
  return /windows/i.test(site.cloud?.os ?? '')
}

export const hypervGroup: Rule = {
  id: 'class/hyperv-group',
  severity: 'error',
  title: `Students who are no administrators belong to the group ${group}.`,
  why:
    'Hyper-V lets administrators and this group start and stop machines, and nobody else. Students outside of both see an ' +
    'empty list of machines.',
  covers: ['R174'],
  sources: [articles.S4, pages.labs],
  *find(scene) {
    const { administrators, groups } = scene.lab.class ?? {}
    if (administrators !== false || !isWindows(scene)) return
    if (groups?.some((name) => name.trim().toLowerCase() === group.toLowerCase())) return
    yield {
      at: ['class', 'groups'],
      text: `Students are no administrators, and ${groups ? `\`groups\` lacks "${group}"` : 'the file names no groups'}.`,
      remedy: `Add "${group}" to \`groups\`.`,
      // Without `groups` it is only not known which ones there are.
      ...(groups ? {} : { severity: 'advice' }),
    }
  },
}

export const diskFolder: Rule = {
  id: 'class/disk-folder',
  severity: 'warning',
  title: 'Virtual disks of a seat lie in a folder that every student may read.',
  why:
    'The profile of the one who made the template is closed to all others. Machines whose disks lie in it do not start for ' +
    'students.',
  covers: ['R175'],
  sources: [articles.S4],
  *find({ lab }) {
    const { diskFolder: folder, administrators } = lab.class ?? {}
    if (folder === undefined || administrators === true || !isInProfile(folder)) return
    yield {
      at: ['class', 'diskFolder'],
      text: `The virtual disks lie in \`${folder}\`, in the profile of one user.`,
      remedy: 'Choose a folder outside of the profiles, such as `C:\\VMs`.',
      ...(administrators === false && { severity: 'error' }),
    }
  },
}

/** `C:\Users\Public` is open to all. */
function isInProfile(folder: string): boolean {
  const plain = folder.trim().replaceAll('/', '\\')
  return /^(%userprofile%|[a-z]:\\(users|documents and settings)\\(?!(public|all users)(\\|$))[^\\]+)/i.test(
    plain,
  )
}

export const diskKind: Rule = {
  id: 'class/disk-kind',
  severity: 'advice',
  title: 'Virtual disks of a seat grow with what is written.',
  why: 'A fixed disk takes its whole size from the first day, and once more for every seat. A dynamic one takes what is in it.',
  covers: ['R176'],
  sources: [articles.S4, pages.labs],
  *find({ lab }) {
    if (lab.class?.diskKind !== 'fixed') return
    yield {
      at: ['class', 'diskKind'],
      text: `The virtual disks of ${lab.class.seats} seats are of fixed size.`,
      remedy: 'Write `diskKind: dynamic`.',
      edits: [{ at: ['class', 'diskKind'], value: 'dynamic' }],
    }
  },
}

export const nat: Rule = {
  id: 'class/nat',
  severity: 'warning',
  title: 'Machines inside a seat in Azure are behind NAT.',
  why:
    'A NIC of Azure carries only the frames of its own instance, so MAC spoofing does not help. Without a NAT inside the ' +
    'seat its machines do not reach the internet.',
  covers: ['R172'],
  sources: [pages.hypervNested, pages.labs, articles.S4],
  *find(scene) {
    const cloud = cloudOf(scene)
    if (scene.lab.class?.nat !== false || !cloud?.provider.startsWith('azure')) return
    yield {
      at: ['class', 'nat'],
      text: `The seats are in ${cloud.title}, and their machines are not behind NAT.`,
      remedy: 'Write `nat: true`, and make a NAT network in the template.',
    }
  },
}

/** Machines of a class or in a cloud that have a setting of Hyper-V. */
function* withSetting(
  scene: Scene,
  say: (placed: Placed, cloud: ReturnType<typeof cloudOf>) => Hit | undefined,
): Generator<Hit> {
  const cloud = cloudOf(scene)
  if (!cloud && !scene.lab.class) return
  for (const placed of scene.machines) {
    const hit = say(placed, cloud)
    if (hit) yield hit
  }
}

export const processorCompatibility: Rule = {
  id: 'class/processor-compatibility',
  severity: 'warning',
  title: 'Machines in Hyper-V on an instance that may change its CPU have processor compatibility mode.',
  why:
    'A stopped instance may start again on another CPU generation. Compatibility mode hides the features in which they ' +
    'differ, so that the machines inside do not notice.',
  covers: ['R178'],
  sources: [pages.labs, articles.S4],
  *find(scene) {
    yield* withSetting(scene, ({ machine, at }, cloud) => {
      const { processorCompatibility: mode } = machine.traits?.hardware ?? {}
      if (!cloud?.cpuMayChange || mode !== false) return undefined
      const place = [...at, 'hardware', 'processorCompatibility']
      const either = cloud.hostProcessors?.join(' or ')
      return {
        at: place,
        text: `\`${machine.path}\` runs without processor compatibility, and ${cloud.title} may start its instance on another CPU${either === undefined ? '' : ` (${either})`}.`,
        remedy: 'Write `processorCompatibility: true`.',
        // Whether VT-x is still shown in this mode is not certain, so a hypervisor is left to its owner.
        ...(machine.hypervisor ? {} : { edits: [{ at: place, value: true }] }),
        ...(either === undefined && { severity: 'advice' }),
      }
    })
  },
}

export const automaticStop: Rule = {
  id: 'class/automatic-stop',
  severity: 'warning',
  title: 'Machines in Hyper-V shut down when their instance stops.',
  why:
    'A seat is stopped by a schedule, whatever runs in it. A machine that is turned off then loses what it had not written, ' +
    'and one whose state is saved does not wake up on another CPU generation.',
  covers: ['R179'],
  sources: [pages.labs, articles.S4],
  *find(scene) {
    yield* withSetting(scene, ({ machine, at }, cloud) => {
      const { automaticStop: stop, processorCompatibility: mode } = machine.traits?.hardware ?? {}
      const onOther = stop === 'save' && cloud?.cpuMayChange === true && mode !== true
      if (stop !== 'turn-off' && !onOther) return undefined
      const place = [...at, 'hardware', 'automaticStop']
      return {
        at: place,
        text: onOther
          ? `The state of \`${machine.path}\` is saved when its instance stops, and ${cloud.title} may start that on another CPU.`
          : `\`${machine.path}\` is turned off when its instance stops.`,
        remedy: 'Write `automaticStop: shutdown`.',
        edits: [{ at: place, value: 'shutdown' }],
        ...(onOther && { severity: 'advice' }),
      }
    })
  },
}
