import {UsageError} from '../errors.js'
import {native} from './native.js'

/** The id meant by a user's name or number. @throws UsageError for a user nobody knows. */
export async function resolveUser(user: string, flag: string): Promise<number> {
  if (/^\d+$/.test(user) && Number(user) < 2 ** 32) return Number(user)
  const uid = /^[\w.@-]*[a-z_][\w.@$-]*$/i.test(user) ? (await native()).userId(user) : undefined
  if (uid === undefined) {
    throw new UsageError(`--${flag}: there is no user '${user}' (give a user's name or a number from 0)`)
  }
  return uid
}
