/**
 * The numbers by which the kernel knows helpers, maps and programs: include/uapi/linux/bpf.h (`__BPF_FUNC_MAPPER`,
 * `enum bpf_map_type`, `enum bpf_prog_type`, `enum bpf_attach_type`). They never change; a comment has the first release
 * of Linux with it where that is later than 5.10.
 */

export const helpers = {
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  probeRead: 4,
  ktimeGetNs: 5,
  getPrandomU32: 7,
  getSmpProcessorId: 8,
  getCurrentPidTgid: 14,
  getCurrentUidGid: 15,
  getCurrentComm: 16,
  perfEventOutput: 25,
  getStackid: 27,
  getCurrentTask: 35,
  overrideReturn: 58,
  perfProgReadValue: 56,
  getStack: 67,
  getCurrentCgroupId: 80,
  sendSignal: 109,
  probeReadUser: 112,
  probeReadKernel: 113,
  probeReadUserStr: 114,
  probeReadKernelStr: 115,
  jiffies64: 118,
  getNsCurrentPidTgid: 120,
  getCurrentAncestorCgroupId: 123,
  ktimeGetBootNs: 125,
  ringbufOutput: 130,
  ringbufReserve: 131,
  ringbufSubmit: 132,
  ringbufDiscard: 133,
  ringbufQuery: 134,
  getTaskStack: 141,
  copyFromUser: 148,
  perCpuPointer: 153,
  thisCpuPointer: 154,
  /** 5.11 */
  getCurrentTaskBtf: 158,
  /** 5.11 */
  ktimeGetCoarseNs: 160,
  /** 5.13 */
  forEachMapElem: 164,
  /** 5.13 */
  snprintf: 165,
  /** 5.15 */
  getFuncIp: 173,
  /** 5.15 */
  getAttachCookie: 174,
  /** 5.15 */
  taskPtRegs: 175,
  /** 5.17 */
  loop: 181,
  /** 5.17 */
  strncmp: 182,
  /** 5.17 */
  getFuncArg: 183,
  /** 5.17 */
  getFuncRet: 184,
  /** 5.17 */
  getFuncArgCnt: 185,
  /** 5.18 */
  copyFromUserTask: 191,
  /** 6.1 */
  ktimeGetTaiNs: 208,
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
} as const

/** Flags of a map (BPF_F_* of BPF_MAP_CREATE). */
export const mapFlags = {
  /** Room for keys is taken when they come. Refused for programs of perf events before Linux 6.1. */
  noPreallocation: 1,
} as const

/** BPF_PROG_TYPE_* */
export const programTypes = {
  kprobe: 2,
  tracepoint: 5,
  perfEvent: 7,
  rawTracepoint: 17,
  tracing: 26,
} as const

/** Flags of bpf_map_update_elem. */
export const updateFlags = {any: 0, onlyNew: 1, onlyOld: 2} as const

/** Flags of bpf_ringbuf_output and bpf_ringbuf_submit. */
export const ringFlags = {noWakeup: 1, forceWakeup: 2} as const

/** What bpf_ringbuf_query tells. */
export const ringQueries = {available: 0, size: 1, consumer: 2, producer: 3} as const

/** Flags of bpf_get_stackid and bpf_get_stack; the lower 8 bits are how many frames to leave out. */
export const stackFlags = {user: 1 << 8, fastCompare: 1 << 9, reuseId: 1 << 10} as const
