/** Every limit of a lab file in one list, each with its reason. */

export const limits = {
  /** 10,000 machines written out one by one take about 2 MiB. */
  fileBytes: 8 * 1024 * 1024,
  /** Lists and maps inside one another; the deepest useful lab (16 levels) needs about 60. */
  depth: 100,
  /** Words, signs and blanks of a file; 10,000 machines written out have about 600,000, read in about a second. */
  lexemes: 1_500_000,
  /** Values of a lab that a program made. */
  values: 1_000_000,
  /** Values that aliases may add: enough for shared blocks, too little for a "billion laughs". */
  aliasValues: 100_000,
  /** Machines of a lab, all levels and counts together. */
  machines: 50_000,
  /** Machines named by clusters, datastores and overlays together, each counted as often as it is named. */
  members: 500_000,
  /** Ends of overlays, each with each other one of its overlay: every member sends to all. 447 members of one make as many. */
  tunnels: 200_000,
  /** Hypervisors inside one another; nobody has been seen to run more than four. */
  levels: 16,
  /** A lab's name is part of socket paths, which end at 107 bytes. */
  labName: 40,
  /** A machine's name is also a host name and part of socket paths. */
  machineName: 30,
  switchName: 30,
  portgroupName: 40,
  count: 10_000,
  /** The most virtual CPUs any of the products gives one machine (hardware version 22). */
  cpus: 960,
  memoryMinMiB: 16,
  /** 24560 GiB is the largest machine any of the products can run. */
  memoryMaxMiB: 24_560 * 1024,
  /** 62 TiB is the largest virtual disk of vSphere. */
  diskMaxMiB: 62 * 1024 * 1024,
  nics: 10,
  /** IPv6 needs 1280; 9216 is the largest frame common switches carry. */
  mtuMin: 1280,
  mtuMax: 9216,
  /** MACs that a distributed switch learns behind one port at most. */
  learnedMacsOfPort: 4096,
  /** What the Learnswitch fling had room for, and about what classical switches have. */
  learnedMacs: 32_768,
  ageingSeconds: 1_000_000,
  /** Problems listed for one file. */
  problems: 100,
  /** Faults of the shape after which the rest of the file is not looked at. */
  faults: 5000,
} as const

/** Longest names, in bytes: names of labs and machines are ASCII. */
export const longestNames = { lab: limits.labName, machine: limits.machineName } as const

/** The largest lab file, so that whoever reads one need not read more. */
export const labFileBytes = limits.fileBytes
