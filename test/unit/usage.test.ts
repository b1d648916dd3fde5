import assert from 'node:assert/strict'
import {tstrace} from '../support/processes.js'

/** A wrong command line, and how its first line begins. */
const wrong: readonly (readonly [string, string, string?])[] = [
  ['-f O_BAD', "--flag-filter: 'O_BAD' is not a flag of open(2)"],
  ['-u nosuchuser', "--uid: there is no user 'nosuchuser'"],
  ['-p abc', "--pid: 'abc' is not a process id"],
  ['-p 0', "--pid: '0' is not a process id"],
  ['-t -1', "--tid: '-1' is not a thread id"],
  ['-d 0', "--duration: '0' is not a time in seconds"],
  ['-d -1', "--duration: '-1' is not a time in seconds"],
  ['-d', 'Flag --duration expects a value'],
  ['-n abcdefghijklmnop', "--name: 'abcdefghijklmnop' is in no thread's name"],
  ['--limit 0', "--limit: '0' is not a number of events"],
  ['--path [z-a]', "--path: '[z-a]' is not a pattern"],
  ['--cgroup /etc', '--cgroup: /etc is not in the cgroup v2 file system'],
  ['--format xml', "--format: 'xml' is not one of table, json, csv"],
  ['--columns pid,nix', "--columns: there is no column 'nix'"],
  ['--source nix --program', "--source: opensnoop has no event source 'nix'"],
  ['--nix', 'Nonexistent flag: --nix'],
  ['nix', "unexpected argument 'nix'"],
  ['--', 'there is no command after --'],
  ['-s !0', "--signal: '!0' is not a signal", 'killsnoop'],
  ['-e KIL', "--exclude-signal: 'KIL' is not a signal", 'killsnoop'],
  ['-T init', "--tpid: 'init' is not a target of kill(2)", 'killsnoop'],
  ['--syscalls kil', "--syscalls: 'kil' is not one of kill, tkill", 'killsnoop'],
  ['--syscalls kill,999', "--syscalls: '999' is not one of kill, tkill, tgkill", 'killsnoop'],
  ['-k --syscalls kill', '-k and --syscalls cannot be given together', 'killsnoop'],
  ['-F 0', "--frequency: '0' is not a frequency", 'profile'],
  ['0', "DURATION: '0' is not a time in seconds", 'profile'],
  ['-p 1,x', "--pid: 'x' is not a process id", 'profile'],
  ['-p 1,', "--pid: '' is not a process id", 'profile'],
  ['-L 0,1', "--tid: '0' is not a thread id", 'profile'],
  ['-C -1', "--cpu: '-1' is not the number of a CPU", 'profile'],
  ['-c 999', "--count: '999' is not a number of events", 'profile'],
  ['--stack-storage-size 0', "--stack-storage-size: '0' is not a number of stacks", 'profile'],
  ['-K -U', '-U and -K leave nothing to show', 'profile'],
  ['-F 9 -c 1000', '-F is for samples by time', 'profile'],
  ['--event cycles -F 9', '-F is for samples by time', 'profile'],
  ['--event misses', "--event: 'misses' is not one of cpu-clock, cycles", 'profile'],
  ['--columns pid', '--columns: stacks for people are no rows', 'profile'],
  ['--columns kernel -f', '--columns: stacks for people are no rows', 'profile'],
  ['--columns kernels --json', "--columns: there is no column 'kernels'", 'profile'],
  ['--limit 5', '--limit: stacks come all at once', 'profile'],
  ['c:malloc --limit=5', '--limit: stacks come all at once', 'stackcount'],
  ['1 2', "unexpected argument '2'", 'profile'],
]

const cgroupHint = '--cgroup takes a directory of the cgroup file system'
const pinnedMaps = 'opensnoop, execsnoop and profile look into pinned maps'
const callersHint = "tstrace stackcount -U 't:syscalls:sys_enter_open*' does"

/** A slip of the finger, what is said to it, and the hint. */
const slips: readonly (readonly [string, string, string])[] = [
  ['opensnop', "there is no command 'opensnop'", 'is it opensnoop?'],
  ['opnesnoop -x --json', "there is no command 'opnesnoop'", 'is it opensnoop?'],
  ['help vfstat', "there is no command 'vfstat'", 'is it vfsstat?'],
  ['doctor opensnop', "there is no tool 'opensnop'", 'is it opensnoop?'],
  ['man opensnop', "there is no page 'opensnop'", 'is it opensnoop?'],
  ['opensnoop --falied', 'Nonexistent flag: --falied', 'is it --failed?'],
  ['opensnoop --pdi=5', 'Nonexistent flag: --pdi', 'is it --pid?'],
  ['opensnoop --zzzzzz', 'Nonexistent flag: --zzzzzz', 'see `tstrace opensnoop -h`'],
  ['killsnoop --cgroupmap /x', `--cgroupmap: ${pinnedMaps}`, cgroupHint],
  ['stackcount --mntnsmap=/x', `--mntnsmap: ${pinnedMaps}`, cgroupHint],
  ['opensnoop --exec ls', '--exec: a command comes at the end', 'tstrace opensnoop -- COMMAND'],
  ['opensnoop -c', '-c: opensnoop does not show who called open()', callersHint],
  // None of BCC's.
  ['tcpretrans --cgroupmap /x', 'Nonexistent flag: --cgroupmap', 'see `tstrace tcpretrans -h`'],
  ['execsnoop --callers', 'Nonexistent flag: --callers', 'see `tstrace execsnoop -h`'],
  ['list --jsno', 'Nonexistent flag: --jsno', 'is it --json?'],
  ['run -d x.bt', 'Nonexistent flag: -d', 'see --debug=ast, types, bytecode or verifier'],
  ['run --pid=5 x.bt', 'Nonexistent flag: --pid', 'is it --process?'],
  ['run --proces 5 x.bt', 'Nonexistent flag: --proces', 'is it --process?'],
  ['run --info', 'Nonexistent flag: --info', '`tstrace doctor` says what this machine can do'],
  ['opensnoop --info', 'Nonexistent flag: --info', 'see `tstrace opensnoop -h`'],
  ['opensnoop --format jsno', "--format: 'jsno' is not one of", 'is it json?'],
  ['opensnoop --columns pdi', "--columns: there is no column 'pdi'", 'is it pid?'],
  ['opensnoop --source tracepiont --program', '--source: opensnoop has no event source', 'is it tracepoint?'],
  ['opensnoop -f O_WRONYL', "--flag-filter: 'O_WRONYL' is not a flag", 'is it O_WRONLY?'],
  ['killsnoop -s KILLL', "--signal: 'KILLL' is not a signal", 'is it KILL?'],
  ['zzzzzz', "there is no command 'zzzzzz'", '`tstrace` lists the commands'],
]

describe('a slip of the finger', () => {
  for (const [line, message, hint] of slips) {
    it(`${line}: exit code 2 and what is near`, async () => {
      const {code, stdout, stderr} = await tstrace(line.split(' ')).outcome
      assert.deepEqual([code, stdout], [2, ''], stderr)
      const [first = '', ...rest] = stderr.trimEnd().split('\n')
      assert.ok(first.startsWith(`tstrace: ${message}`), stderr)
      assert.deepEqual(rest, [`HINT: ${hint}`])
    })
  }
})

describe('a wrong command line', () => {
  for (const [line, message, name = 'opensnoop'] of wrong) {
    it(`${name} ${line}: exit code 2, one or two lines, nothing on stdout`, async () => {
      const {code, stdout, stderr} = await tstrace([name, ...line.split(' ')]).outcome
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.ok(stderr.startsWith(`tstrace: ${message}`), stderr)
      assert.ok(stderr.trimEnd().split('\n').length <= 2, stderr)
    })
  }
})
