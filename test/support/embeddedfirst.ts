import {automatic, type Engine} from '#src/engine/engines.js'
import {start} from '#src/start.js'

// The command line, with the embedded engine as the first that `auto` tries, whatever the order is by default.
;(automatic as Engine[]).splice(0, Infinity, 'embedded', 'bpftrace')
await start()
