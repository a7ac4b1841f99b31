// Puts small faults into the modules below, one at a time, beside their near tests: `make mutants` tells what passed unnoticed.
export const modules = [
  'src/lib/live/alertsSocket.ts',
  'src/lib/live/clock.ts',
  'src/lib/live/latest.ts',
  'src/lib/live/poll.ts',
  'src/components/chart/history.ts',
  'src/features/cameras/player-machine.ts',
]

export default {
  mutate: modules,
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutants.config.mjs', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 8000,
  tempDirName: 'node_modules/.stryker',
  reporters: ['json', 'dots'],
  jsonReporter: { fileName: 'node_modules/.stryker-report.json' },
  allowEmpty: true,
}
