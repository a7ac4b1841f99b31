/** Where common makers keep the sub stream of a main one. */

/** What to change in the path, in the order in which they are tried. */
const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Hikvision: /Streaming/Channels/101; older ones: /h264/ch1/main/av_stream
  [/(\/streaming\/channels\/\d+?)01(?!\d)/i, '$102'],
  [/(\/ch\d+\/)main(\/av_stream)/i, '$1sub$2'],
  // Dahua: /cam/realmonitor?channel=1&subtype=0
  [/(subtype=)0(?!\d)/i, '$11'],
  // Reolink: /h264Preview_01_main; its sub stream is H.264 also where the main one is H.265
  [/\/h26[45]Preview_(\d+)_main/i, '/h264Preview_$1_sub'],
  [/(\/Preview_\d+_)main/i, '$1sub'],
  // TP-Link: /stream1
  [/\/stream1(?!\d)/i, '/stream2'],
]

/** The address of the sub stream by that of the main one; null where the maker is not known. */
export function subUrlOf(main: string): string | null {
  const url = main.trim()
  const place = /^rtsps?:\/\/[^/]+/i.exec(url)?.[0]
  if (!place) return null
  const path = url.slice(place.length)
  for (const [pattern, replacement] of RULES)
    if (pattern.test(path)) return place + path.replace(pattern, replacement)
  return null
}
