/**
 * What we use of oclif. Its index loads another fifty files beside what a command needs, a third of the time that oclif takes
 * to load.
 */
export * as Args from '@oclif/core/args'
export {Command} from '@oclif/core/command'
export {Config, Plugin} from '@oclif/core/config'
export * as Flags from '@oclif/core/flags'
export {flush} from '@oclif/core/flush'
export {handle} from '@oclif/core/handle'
export {Help} from '@oclif/core/help'
export {run} from '@oclif/core/run'
export {settings} from '@oclif/core/settings'
export type {Hook, Interfaces} from '@oclif/core'
