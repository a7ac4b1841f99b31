import { mergeConfig } from 'vite'

import { modules } from './stryker.config.mjs'
import base from './vite.config.ts'

/** Only the tests beside the modules that Stryker breaks, and nothing that they do not use: a run takes minutes. */
const config = mergeConfig(base, {
  test: {
    include: modules.map((path) => path.replace('.ts', '.*test.ts')), // poll.test.ts, poll.outages.test.ts
    environment: 'node',
    isolate: true, // a fault in what a module does once, as it is loaded, is met again by each file
  },
})
config.test.setupFiles = ['src/testing/mutants.ts']
export default config
