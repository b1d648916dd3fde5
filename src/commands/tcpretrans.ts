import {
  addressText,
  type Bt,
  bt,
  columns as shared,
  computed,
  defineTool,
  endpointText,
  Flags,
  int,
  type Interval,
  list,
  type ProgramParts,
  reported,
  type Row,
  type RowContext,
  type Value,
} from '../tool.js'

/** AF_INET and AF_INET6 of include/linux/socket.h. */
const inet = 2
const inet6 = 10

/** include/net/tcp_states.h, in order of the number; the first is 1. */
const states = [
  ...['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT'],
  ...['LAST_ACK', 'LISTEN', 'CLOSING', 'NEW_SYN_RECV', 'BOUND_INACTIVE'],
]

/** What was sent again; the programs send the index. The letters are BCC's, and S is ours. */
const kinds = [
  {name: 'retransmit', letter: 'R'},
  {name: 'loss_probe', letter: 'L'},
  {name: 'syn_ack', letter: 'S'},
] as const

type Kind = (typeof kinds)[number]['name']

/** How a retransmit ended, where the event comes before its end. It is no error, nor a code of a queue. */
const unknownResult = 4096
/** What include/linux/netdevice.h (net_xmit_errno) makes of a packet that the local queue dropped: ENOBUFS. */
const droppedByQueue = 105

/** Where `cb`, in which TCP keeps the sequence number, lies in `struct sk_buff`; the same on Linux 6.1 to 6.18, on 64 bits. */
const cbOffset = 40

const retransmitted = 'tcp:tcp_retransmit_skb'

const flags = {
  ipv4: Flags.flag('Show IPv4 only.', {
    char: '4',
    group: 'filter',
    excludes: ['ipv6'],
    details: 'The family of the socket is compared.',
  }),
  ipv6: Flags.flag('Show IPv6 only.', {
    char: '6',
    group: 'filter',
    excludes: ['ipv4'],
    details:
      'The family of the socket is compared, so IPv4 on an IPv6 socket, as ::ffff:192.0.2.1, is shown, too.',
  }),
  lossprobe: Flags.flag('Show tail loss probes, too, as L.', {
    char: 'l',
    details:
      'A probe is shown when its timer fires. When it sends its segment again, that is a retransmit and has a row of its own. Needs a kprobe.',
  }),
  synack: Flags.flag('Show SYN-ACKs that a server sends again, too, as S.'),
  sequence: Flags.flag('Show the sequence number.', {
    char: 's',
    details:
      'The number of the first byte of the segment, as it is on the wire; 0 for tail loss probes. It has no effect with -c.',
  }),
  count: Flags.flag('Count the retransmits of each flow, and show the totals at the end.', {
    char: 'c',
    details:
      'A flow is a pair of endpoints. What is sent again has a row for each kind, and for each error of those that failed. IPv4 comes first; the biggest count is last. Counted in the kernel.',
  }),
}

const columns = {
  time: shared.time,
  time_ns: shared.timeNs,
  current_pid: int(
    bt`pid`,
    7,
    'Process that was on the CPU; often 0 or a stranger, as timers and arriving packets cause retransmits. It is not the owner of the socket.',
    {header: 'PID', align: 'left', inJson: true},
  ),
  ip_version: computed(
    ['family'],
    ({family}) => (family === inet6 ? 6 : 4),
    2,
    'IP version of the socket: 4 or 6; 6 also for IPv4 on an IPv6 socket.',
    {header: 'IP'},
  ),
  family: int(bt`$sk->skc_family`, 6, 'Address family of the socket: 2 is AF_INET, 10 AF_INET6.', {
    inJson: true,
  }),
  local: computed(
    ['local_address', 'local_port'],
    ({local_address, local_port}) => endpointText(local_address as string, Number(local_port)),
    20,
    'Local address and port; an IPv6 address is in brackets.',
    {header: 'LADDR:LPORT'},
  ),
  local_address: computed(
    ['family', 'local_high', 'local_low'],
    (row) => address(row, 'local'),
    15,
    'Local address.',
    {header: 'LADDR', inJson: true},
  ),
  local_port: int(bt`$sk->skc_num`, 5, 'Local port.', {header: 'LPORT', inJson: true}),
  local_high: int(bt`$local_high`, 0, 'First half of the local address.', {internal: true}),
  local_low: int(bt`$local_low`, 0, 'Second half of the local address.', {internal: true}),
  kind: computed(
    ['kind_number'],
    ({kind_number}) => kinds[Number(kind_number)]?.name ?? null,
    2,
    'What was sent again: R a segment, L a tail loss probe (-l), S a SYN-ACK (--synack); in JSON retransmit, loss_probe, syn_ack.',
    {
      header: 'T>',
      inJson: true,
      cell: (value) => `${kinds.find(({name}) => name === value)?.letter ?? '?'}>`,
    },
  ),
  kind_number: int(bt`$kind`, 0, 'What was sent again.', {internal: true}),
  remote: computed(
    ['remote_address', 'remote_port'],
    ({remote_address, remote_port}) => endpointText(remote_address as string, Number(remote_port)),
    20,
    'Remote address and port; an IPv6 address is in brackets.',
    {header: 'RADDR:RPORT'},
  ),
  remote_address: computed(
    ['family', 'remote_high', 'remote_low'],
    (row) => address(row, 'remote'),
    15,
    'Remote address.',
    {header: 'RADDR', inJson: true},
  ),
  // The kernel keeps it in network order.
  remote_port: int(bt`(($sk->skc_dport >> 8) | (($sk->skc_dport & 255) << 8))`, 5, 'Remote port.', {
    header: 'RPORT',
    inJson: true,
  }),
  remote_high: int(bt`$remote_high`, 0, 'First half of the remote address.', {internal: true}),
  remote_low: int(bt`$remote_low`, 0, 'Second half of the remote address.', {internal: true}),
  state: computed(
    ['state_number', 'error'],
    ({state_number, error}) => [states[Number(state_number) - 1] ?? `${Number(state_number)}`, error ?? null],
    12,
    'State of the connection, as ESTABLISHED. For a retransmit that failed, a table has the error after a slash, as SYN_SENT/EPERM.',
    {
      cell: (value) => (value as readonly (string | null)[]).filter((part) => part !== null).join('/'),
      json: (value) => (value as readonly Value[])[0],
    },
  ),
  state_number: int(bt`$sk->skc_state`, 0, 'Number of the state.', {internal: true}),
  sequence: int(bt`$sequence`, 10, 'Sequence number (-s); 0 for a tail loss probe.', {
    header: 'SEQ',
    align: 'left',
  }),
  errno: computed(
    ['result'],
    ({result}) => errno(Number(result)),
    3,
    'Error number of a retransmit that could not be sent, 0 for one that was, nothing where the event comes before that is known.',
    {header: 'ERR', align: 'right', inJson: true},
  ),
  error: shared.error,
  result: int(bt`$result`, 0, 'What sending it returned.', {internal: true}),
  retransmits: reported(11, 'How often it was sent again (-c).', {align: 'right'}),
}

/** Of all events that agree in these columns, a number is kept with -c. */
const flowKey = [
  ...(['family', 'local_high', 'local_low', 'local_port'] as const),
  ...(['kind_number', 'remote_high', 'remote_low', 'remote_port', 'result'] as const),
]
/** What the rows of -c have besides, each after those it is computed from. */
const flowColumns = [
  ...(['ip_version', 'local_address', 'local', 'kind'] as const),
  ...(['remote_address', 'remote', 'errno', 'error'] as const),
]
/** What bpftrace has room for by itself, 4,096, is less than the connections of a busy server. */
const mostFlows = 16_384

type Parts = ProgramParts<typeof flags>

export default defineTool({
  group: 'network',
  summary: 'Trace TCP retransmits: between which addresses, in which state, and which fail.',
  description:
    'Prints a line for each TCP segment that the kernel sends again, because no acknowledgement came for it. It shows which connections lose packets, and which servers do not answer, at hardly any cost: only retransmits are traced, not packets.',
  examples: [
    {command: 'tcpretrans', description: 'Trace every retransmit until Ctrl-C'},
    {command: 'tcpretrans -l -s', description: 'With tail loss probes and sequence numbers'},
    {command: 'tcpretrans --synack -6', description: 'IPv6 only, with the SYN-ACKs of servers'},
    {command: 'tcpretrans -c -d 60', description: 'Which flows lose the most in a minute'},
    {command: 'tcpretrans -d 60 --json', description: 'One minute, for a program'},
  ],
  requirements: 'Root, kernel types (BTF), and the tracepoint tcp:tcp_retransmit_skb or kprobes.',
  overhead: {
    rate: 'retransmits per second, often below 100',
    cost: 'Negligible: packets are not traced, only those that are sent again.',
  },
  systemWide: true,
  flags,
  letters: {duration: 'd'},
  filters: [],
  columns,
  show: ({sequence, count, lossprobe, synack}) =>
    count
      ? // One kind of them needs no column.
        ['local', ...(lossprobe || synack ? ['kind'] : []), 'remote', 'retransmits', 'error']
      : [
          ...['time', 'current_pid', 'ip_version', 'local', 'kind', 'remote', 'state'],
          ...(sequence ? ['sequence'] : []),
        ],
  without: ({count}) => (count ? ['time', 'time_ns', 'current_pid', 'state', 'sequence'] : ['retransmits']),
  counting: ({count}) =>
    count
      ? {
          maps: [{name: '@flows', key: flowKey.map(() => 'int')}],
          mapKeys: mostFlows,
          layout: 'blocks',
          banner: 'Counting TCP retransmits. Ctrl-C to end.',
          collect: (context) => ({
            report: (interval) => ({
              interval,
              sections: [{kind: 'rows', type: 'flow', rows: flowRows(interval, context)}],
            }),
          }),
        }
      : undefined,
  sources: [
    {
      name: 'tracepoint',
      description:
        'The tracepoints of TCP; newer kernels show failed retransmits there, older ones leave them out.',
      needs: ['tracepoint:tcp:tcp_retransmit_skb', 'btf'],
      alsoNeeds: ({flags}) => [
        ...(flags.synack ? [{need: 'tracepoint:tcp:tcp_retransmit_synack', for: '--synack'} as const] : []),
        ...(flags.lossprobe ? [{need: 'kprobe:tcp_send_loss_probe', for: '-l'} as const] : []),
      ],
      program: (parts) => [
        clause(parts, `tracepoint:${retransmitted}`, 'retransmit', {
          socket: bt`args->skaddr`,
          sequence: sequenceOf(bt`args->skbaddr`),
          // Before it had the field, the tracepoint was passed by segments that were sent only.
          result: parts.hasField(retransmitted, 'err') ? bt`args->err` : bt`0`,
        }),
        ...(parts.flags.synack
          ? [
              clause(parts, 'tracepoint:tcp:tcp_retransmit_synack', 'syn_ack', {
                socket: bt`args->req`,
                sequence: bt`((struct tcp_request_sock *)args->req)->snt_isn`,
                result: bt`0`,
              }),
            ]
          : []),
        ...lossProbes(parts),
      ],
    },
    {
      name: 'kprobe',
      description: 'The functions behind them; they do not say which retransmits failed.',
      needs: ['btf', 'kprobe:tcp_retransmit_skb'],
      alsoNeeds: ({flags}) => [
        ...(flags.synack ? [{need: 'kprobe:tcp_rtx_synack', for: '--synack'} as const] : []),
        ...(flags.lossprobe ? [{need: 'kprobe:tcp_send_loss_probe', for: '-l'} as const] : []),
      ],
      program: (parts) => [
        clause(parts, 'kprobe:tcp_retransmit_skb', 'retransmit', {
          socket: bt`arg0`,
          sequence: sequenceOf(bt`arg1`),
        }),
        ...(parts.flags.synack
          ? [
              clause(parts, 'kprobe:tcp_rtx_synack', 'syn_ack', {
                socket: bt`arg1`,
                sequence: bt`((struct tcp_request_sock *)arg1)->snt_isn`,
              }),
            ]
          : []),
        ...lossProbes(parts),
      ],
    },
  ],
})

/** The tail loss probes, which have no tracepoint. */
function lossProbes(parts: Parts): ReturnType<typeof clause>[] {
  if (!parts.flags.lossprobe) return []
  return [clause(parts, 'kprobe:tcp_send_loss_probe', 'loss_probe', {socket: bt`arg0`, sequence: bt`0`})]
}

/**
 * Sends a row at a probe.
 * @param event `socket` is a socket or a request for one: both begin with the same `struct sock_common`
 */
function clause(
  parts: Parts,
  probe: string,
  kind: Kind,
  {socket, sequence, result = bt`${unknownResult}`}: {socket: Bt; sequence: Bt; result?: Bt},
) {
  const {ipv4, ipv6, count} = parts.flags
  // Cast, as newer versions of bpftrace want the same types at each probe. Of these only the result can be negative:
  // (int64) of a field of 16 bits, as a port, is negative from 0.17 to 0.23 where its first bit is set.
  const key = list(
    flowKey.map((name) => bt`${name === 'result' ? bt`(int64)` : bt`(uint64)`}${columns[name].sent}`),
  )
  const common = bt`(struct sock_common *)${socket}`
  return {
    probes: [probe],
    when: [ipv4 && bt`(${common})->skc_family == ${inet}`, ipv6 && bt`(${common})->skc_family == ${inet6}`],
    body: bt`
      $sk = ${common};
      ${reads(parts, 'kind_number') && bt`$kind = ${kinds.findIndex(({name}) => name === kind)};`}
      ${reads(parts, 'result') && bt`$result = ${result};`}
      ${reads(parts, 'sequence') && bt`$sequence = ${sequence};`}
      ${addresses(parts)}
      ${count ? bt`@flows[${key}] = count();` : parts.emit}`,
  }
}

/** Whether a column is sent, or counted by. */
function reads({flags, sends}: Parts, column: string): boolean {
  return flags.count ? (flowKey as readonly string[]).includes(column) : sends(column)
}

/** The flows that were counted, IPv4 first, the biggest of each last. */
function flowRows(interval: Interval, context: RowContext): Row[] {
  const rows = new Map<string, Row & {retransmits: number}>()
  for (const {key, count} of interval.totals('@flows')) {
    const row: Row & {retransmits: number} = {retransmits: count}
    for (const [index, name] of flowKey.entries()) row[name] = key[index] as number | bigint
    for (const name of flowColumns) row[name] = columns[name].compute?.(row, context) ?? null
    // Several results mean the same error.
    const id = JSON.stringify([row['local'], row['kind'], row['remote'], row['errno']])
    const same = rows.get(id)
    if (same === undefined) rows.set(id, row)
    else same.retransmits += count
  }
  return [...rows.values()].sort(
    (a, b) => Number(a['ip_version']) - Number(b['ip_version']) || a.retransmits - b.retransmits,
  )
}

/** Puts the addresses into variables, each in two halves, as `addressText` takes them. */
function addresses(parts: Parts): Bt {
  const sides = [
    reads(parts, 'local_low') && {
      name: bt`$local`,
      ipv4: bt`skc_rcv_saddr`,
      ipv6: bt`skc_v6_rcv_saddr`,
    },
    reads(parts, 'remote_low') && {name: bt`$remote`, ipv4: bt`skc_daddr`, ipv6: bt`skc_v6_daddr`},
  ].filter((side) => side !== false)
  if (sides.length === 0) return bt``
  const half = (field: Bt, first: number): Bt => {
    const words = bt`$sk->${field}.in6_u.u6_addr32`
    return bt`((uint64)${words}[${first}] << 32) | (uint64)${words}[${first + 1}]`
  }
  // Set before the condition, as newer versions of bpftrace forget a variable at the end of the block that made it.
  return bt`
    ${sides.flatMap(({name, ipv4}) => [bt`${name}_high = (uint64)0;`, bt`${name}_low = (uint64)$sk->${ipv4};`])}
    if ($sk->skc_family == ${inet6}) {
      ${sides.flatMap(({name, ipv6}) => [
        bt`${name}_high = ${half(ipv6, 0)};`,
        bt`${name}_low = ${half(ipv6, 2)};`,
      ])}
    }`
}

function sequenceOf(skb: Bt): Bt {
  return bt`((struct tcp_skb_cb *)((uint64)${skb} + ${cbOffset}))->seq`
}

function address(row: Row, side: 'local' | 'remote'): string {
  const half = (name: string): bigint => BigInt(row[`${side}_${name}`] as number | bigint)
  return addressText(Number(row['family']), half('high'), half('low'))
}

/** The error number of what sending returned; null if that is not known. */
function errno(result: number): number | null {
  if (result === unknownResult) return null
  return result > 0 ? droppedByQueue : Math.abs(result)
}
