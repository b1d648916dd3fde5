export {programTypes} from '../../kernel/links.js'

/**
 * The numbers by which the kernel knows helpers, maps and programs: include/uapi/linux/bpf.h (`__BPF_FUNC_MAPPER`,
 * `enum bpf_map_type`, `enum bpf_prog_type`, `enum bpf_attach_type`). They never change; a comment has the first release
 * of Linux with it where that is later than 5.10.
 */

/** By the kernel's own names without their `bpf_`. */
export const helpers = {
  map_lookup_elem: 1,
  map_update_elem: 2,
  map_delete_elem: 3,
  probe_read: 4,
  ktime_get_ns: 5,
  get_prandom_u32: 7,
  get_smp_processor_id: 8,
  get_current_pid_tgid: 14,
  get_current_uid_gid: 15,
  get_current_comm: 16,
  perf_event_output: 25,
  get_stackid: 27,
  get_current_task: 35,
  get_numa_node_id: 42,
  probe_read_str: 45,
  perf_prog_read_value: 56,
  override_return: 58,
  get_stack: 67,
  get_current_cgroup_id: 80,
  send_signal: 109,
  send_signal_thread: 117,
  probe_read_user: 112,
  probe_read_kernel: 113,
  probe_read_user_str: 114,
  probe_read_kernel_str: 115,
  jiffies64: 118,
  get_ns_current_pid_tgid: 120,
  get_current_ancestor_cgroup_id: 123,
  ktime_get_boot_ns: 125,
  seq_write: 127,
  ringbuf_output: 130,
  ringbuf_reserve: 131,
  ringbuf_submit: 132,
  ringbuf_discard: 133,
  ringbuf_query: 134,
  get_task_stack: 141,
  copy_from_user: 148,
  per_cpu_ptr: 153,
  this_cpu_ptr: 154,
  /** 5.11; in programs of tracepoints since 5.13 */
  task_storage_get: 156,
  /** 5.11 */
  get_current_task_btf: 158,
  /** 5.11 */
  ktime_get_coarse_ns: 160,
  /** 5.13 */
  for_each_map_elem: 164,
  /** 5.13 */
  snprintf: 165,
  /** 5.15 */
  get_func_ip: 173,
  /** 5.15 */
  get_attach_cookie: 174,
  /** 5.15 */
  task_pt_regs: 175,
  /** 5.17 */
  loop: 181,
  /** 5.17 */
  strncmp: 182,
  /** 5.17 */
  get_func_arg: 183,
  /** 5.17 */
  get_func_ret: 184,
  /** 5.17 */
  get_func_arg_cnt: 185,
  /** 5.18 */
  copy_from_user_task: 191,
  /** 5.19 */
  map_lookup_percpu_elem: 195,
  /** 6.1 */
  ktime_get_tai_ns: 208,
} as const

/** BPF_MAP_TYPE_* */
export const mapTypes = {
  hash: 1,
  array: 2,
  perfEventArray: 4,
  perCpuHash: 5,
  perCpuArray: 6,
  stackTrace: 7,
  lruHash: 9,
  lruPerCpuHash: 10,
  ringBuffer: 27,
  /** A value for each thread, kept with it and gone with it; 5.11. */
  taskStorage: 29,
} as const

/** Flags of a map (BPF_F_* of BPF_MAP_CREATE). */
export const mapFlags = {
  /** Room for keys is taken when they come. Refused for programs of perf events before Linux 6.1. */
  noPreallocation: 1,
  /** An array whose values we map into our memory. */
  mappable: 1 << 10,
} as const

/** Flags of bpf_map_update_elem. */
export const updateFlags = {any: 0, onlyNew: 1, onlyOld: 2} as const

/** Flags of bpf_task_storage_get. */
export const storageFlags = {find: 0, create: 1} as const

/** Flags of bpf_ringbuf_output and bpf_ringbuf_submit. */
export const ringFlags = {noWakeup: 1, forceWakeup: 2} as const

/** What bpf_ringbuf_query tells. */
export const ringQueries = {available: 0, size: 1, consumer: 2, producer: 3} as const

/** Flags of bpf_get_stackid and bpf_get_stack; the lower 8 bits are how many frames to leave out. */
export const stackFlags = {user: 1 << 8, fastCompare: 1 << 9, reuseId: 1 << 10} as const
