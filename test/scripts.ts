/** A script that comes with bpftrace. */
export interface ShippedScript {
  /** The versions of Debian's bpftrace that it comes with, of those whose scripts are tested; all if not given. */
  readonly of?: readonly TestedVersion[]
  /** What it asks for that not every machine has. */
  readonly lacks?: Lack
}

export interface Lack {
  /** As the refusal names it. */
  readonly name: string
  /** Which machines do not have it. */
  readonly where: string
  /** The version of bpftrace that can leave it out without a word and attach what remains. */
  readonly silent?: TestedVersion
  /** The versions whose script asks for it; all if not given. */
  readonly of?: readonly TestedVersion[]
}

/** Versions of bpftrace whose scripts are tested: those of Debian 12 and 13. */
export const testedVersions = ['0.17', '0.23'] as const
export type TestedVersion = (typeof testedVersions)[number]

const unprobed: Lack = {
  name: 'kprobe:blk_account_io_start',
  where: 'the kernel lets nobody probe this function (6.1)',
  silent: '0.17',
  of: ['0.17'],
}

/** Every script of these versions; `test/SCRIPTS.md` is made from it. */
export const scripts: Readonly<Record<string, ShippedScript>> = {
  'bashreadline.bt': {},
  'biolatency.bt': {lacks: unprobed},
  'biolatency-kp.bt': {of: ['0.23']},
  'biosnoop.bt': {lacks: unprobed},
  'biostacks.bt': {lacks: unprobed},
  'bitesize.bt': {},
  'capable.bt': {},
  'cpuwalk.bt': {},
  'dcsnoop.bt': {},
  'execsnoop.bt': {},
  'gethostlatency.bt': {},
  'killsnoop.bt': {},
  'loads.bt': {lacks: {name: 'avenrun', where: 'the kernel does not list its data (`CONFIG_KALLSYMS_ALL`)'}},
  'mdflush.bt': {
    lacks: {name: 'kprobe:md_flush_request', where: 'the module of RAID (`md_mod`) is not loaded'},
  },
  'naptime.bt': {},
  'oomkill.bt': {},
  'opensnoop.bt': {},
  'pidpersec.bt': {},
  'runqlat.bt': {},
  'runqlen.bt': {
    lacks: {
      name: 'nr_running',
      where: 'the kernel calls this member of struct cfs_rq otherwise (6.18; not yet 6.12)',
    },
  },
  'setuids.bt': {},
  'ssllatency.bt': {},
  'sslsnoop.bt': {},
  'statsnoop.bt': {},
  'swapin.bt': {
    lacks: {
      name: 'kprobe:swap_readpage',
      where: 'the kernel calls this function otherwise (6.12; not yet 6.1)',
      of: ['0.17'],
    },
  },
  'syncsnoop.bt': {},
  'syscount.bt': {},
  'tcpaccept.bt': {},
  'tcpconnect.bt': {},
  'tcpdrop.bt': {},
  'tcplife.bt': {},
  'tcpretrans.bt': {},
  'tcpsynbl.bt': {},
  'threadsnoop.bt': {
    lacks: {
      name: 'uprobe:libpthread:pthread_create',
      where: 'the C library has its threads in itself (glibc 2.34)',
      silent: '0.17',
      of: ['0.17'],
    },
  },
  'undump.bt': {},
  'vfscount.bt': {},
  'vfsstat.bt': {},
  'writeback.bt': {},
  'xfsdist.bt': {
    lacks: {
      name: 'kprobe:xfs_file_read_iter',
      where: 'the module of XFS is not loaded',
      silent: '0.17',
      of: ['0.17'],
    },
  },
}
