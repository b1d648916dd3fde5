import {join} from 'node:path'

/** The folder of the repository; compiled scripts lie two levels below it. */
export const root = join(import.meta.dirname, '..', '..')
