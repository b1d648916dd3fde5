import {existsSync, readFileSync} from 'node:fs'
import type {Open, Plan} from '../support/workload.js'
import {sideBySide, type Peer} from './compare.js'
import type {Difference} from './differences.js'
import {ofBcc, ofBpftrace, ofLibbpf} from './packages.js'

const nobody = 65534
const O_WRONLY = 1
const O_RDWR = 2
const O_CREAT = 0o100
const O_CLOEXEC = 0o2000000

/** A call a file does not name is one it does not trace; newer versions name more of them. */
function unseenCalls(file: string, prefix = ''): Difference[] {
  const text = existsSync(file) ? readFileSync(file, 'latin1') : ''
  const unseen = ['creat', 'openat2'].filter((call) => !new RegExp(`\\b${prefix}${call}\\b`).test(text))
  return unseen.map((call) => ({
    because: `it does not trace ${call}(2)`,
    lacks: (row) => row['PATH']?.endsWith(`/by-${call}`) === true,
  }))
}

const bcc: Peer = {
  name: 'opensnoop of BCC',
  file: ofBcc('opensnoop'),
  letters: 'TUxptundefF',
  differences: [
    ...unseenCalls(ofBcc('opensnoop')),
    {because: 'its times count from the first event, in seconds', renamed: {theirs: 'TIME(s)', ours: 'TIME'}},
    {because: 'its times count from the first event, in seconds', unlike: 'TIME'},
    {because: 'its older versions show no mode', extra: 'MODE'},
    {because: 'it calls the column so with -t', renamed: {theirs: 'TID', ours: 'PID'}},
  ],
}

const libbpf: Peer = {
  name: 'opensnoop of libbpf-tools',
  file: ofLibbpf('opensnoop'),
  letters: 'TUxptunde',
  differences: [
    ...unseenCalls(ofLibbpf('opensnoop'), 'sys_enter_'),
    {because: 'its times are those of printing, ours those of the event', unlike: 'TIME'},
    {because: 'its older versions show no mode', extra: 'MODE'},
  ],
}

const bpftrace: Peer = {
  name: 'opensnoop.bt',
  file: ofBpftrace('opensnoop'),
  letters: '',
  differences: [
    ...unseenCalls(ofBpftrace('opensnoop'), 'sys_enter_'),
    {
      because: 'it takes a path of NULL for a call it has not seen begin',
      lacks: (row) => row['PATH'] === '',
    },
  ],
}

const calls = ['open', 'creat', 'openat', 'openat2'] as const

/** Each call, missing a file and (all but creat, which would write) finding one. */
const every: Plan = {
  comm: 'sidebyside',
  opens: [
    ...calls.map((call): Open => ({call, path: `/nx/by-${call}`, flags: O_CLOEXEC, mode: 0o640})),
    {call: 'open', path: '/etc/passwd', flags: O_RDWR},
    {call: 'openat', path: 'passwd', directory: '/etc', flags: O_CLOEXEC},
    {call: 'openat', path: '/etc/passwd/no-directory'},
    {call: 'openat', path: '/nx/with blanks and \xc3\xbc'},
    {call: 'openat', path: '/nx/new', flags: O_WRONLY | O_CREAT, mode: 0o4751},
    {call: 'openat', path: null},
    {call: 'openat', path: '/nx/many', times: 23},
  ],
}

sideBySide({
  tool: 'opensnoop',
  filter: {letter: 'p', column: 'PID'},
  peers: [bcc, libbpf, bpftrace],
  cases: [
    {title: 'every kind of open', plan: every, flags: []},
    {title: '-x: failed opens', plan: every, flags: ['-x']},
    {title: '-T -U -e: time, user, flags', plan: {...every, uid: nobody}, flags: ['-T', '-U', '-e']},
    {
      title: '-u -n: a user, a name',
      plan: {...every, uid: nobody},
      flags: ['-u', `${nobody}`, '-n', 'deby'],
    },
    {title: '-t: a thread', plan: every, flags: ['-t', 'TID']},
    {title: '-f: opens for writing', plan: every, flags: ['-f', 'O_WRONLY', '-f', 'O_RDWR']},
    {
      title: '-F: relative paths with their directory',
      plan: {
        workingDirectory: '/usr/share',
        opens: [
          {call: 'openat', path: 'nx'},
          {call: 'openat', path: './nx/../x'},
          {call: 'openat', path: '/nx/absolute'},
        ],
      },
      flags: ['-F'],
    },
  ],
  mark: async (workload, number) => {
    const path = `/nx/marker-${number}`
    // For writing, so that -f shows it, too.
    await workload.also({opens: [{call: 'openat', path, flags: O_WRONLY}]})
    return path
  },
})
