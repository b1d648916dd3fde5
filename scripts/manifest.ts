import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Plugin} from '@oclif/core'
import {root} from './root.js'

/** The manifest that lets oclif start a command without importing all the others. */
export async function manifestText(): Promise<string> {
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  })
  await plugin.load()
  return JSON.stringify(plugin.manifest, null, 2) + '\n'
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(root, 'oclif.manifest.json'), await manifestText())
}
