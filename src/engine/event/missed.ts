/** What is said of events that the kernel passed over: nothing could ask yet whose they are. */
export function missedText(events: number): string {
  return `missed ${events} ${events === 1 ? 'event' : 'events'}, counted before any filter: another probe was at work on their CPU, or too many calls were under way`
}
