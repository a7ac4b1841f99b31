/**
 * Makes the service worker of the built files: it keeps them, so that the page opens also while no server answers.
 *
 * It answers with nothing else. What the server says of a site or a person is never put into its cache: the page keeps its
 * last values itself, see src/lib/kept.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

/** From web/, where npm starts this. */
const BUILT = '../belvedere/dashboard'

// The functions are copied into the worker, without their line ends: each is one expression that refers to nothing outside.

/** Whether a person goes to a page. */
export const isPage = ({ request, url }) =>
  request.mode === 'navigate' &&
  !/^\/(api|media|ws|static|assets|livez|readyz|metrics)(\/|$)/.test(url.pathname)

/** A server that is there answers within four seconds. A request to go to a page cannot be given a deadline, its copy can. */
export const setDeadline = async ({ request: { url, headers } }) =>
  new Request(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(4000) })

/** A proxy says of a server that is gone that it is gone. */
export const refuseGone = async ({ response }) =>
  response.status >= 502 && response.status <= 504 ? Promise.reject(new Error('gone')) : response

/** See https://developer.chrome.com/docs/workbox/modules/workbox-build */
export const options = {
  globDirectory: BUILT,
  swDest: `${BUILT}/sw.js`,
  globPatterns: ['index.html', 'mark.svg', 'assets/*.{js,css,woff2}'],
  // The players of HLS and DASH are each as large as all the rest, and play nothing without a server.
  globIgnores: ['assets/hls-*.js', 'assets/dash*.js'],
  // Their names have a hash of their content.
  dontCacheBustURLsMatching: /^assets\//,
  // Only what is asked for by its own name: `/` is a page, which comes from the server while there is one.
  directoryIndex: null,
  runtimeCaching: [
    {
      urlPattern: isPage,
      handler: 'NetworkOnly',
      options: {
        precacheFallback: { fallbackURL: 'index.html' },
        plugins: [{ requestWillFetch: setDeadline, fetchDidSucceed: refuseGone }],
      },
    },
  ],
  // An open page of an older build goes on with what it has; what it lacks it takes from the newer build, by a reload.
  skipWaiting: true,
  clientsClaim: true,
  cleanupOutdatedCaches: true,
  inlineWorkboxRuntime: true,
  sourcemap: false,
  babelPresetEnvTargets: ['chrome >= 109', 'safari >= 16', 'firefox >= 115'],
}

if (process.argv[1]?.endsWith('service-worker.mjs')) {
  const { generateSW } = await import('workbox-build')
  const { warnings } = await generateSW(options)
  if (warnings.length > 0) throw new Error(warnings.join('\n'))
  await writeFile(`${options.swDest}.gz`, gzipSync(await readFile(options.swDest), { level: 9 }))
}
