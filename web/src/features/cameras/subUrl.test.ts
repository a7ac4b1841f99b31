import { describe, expect, it } from 'vitest'

import { subUrlOf } from './subUrl'

const HOST = 'rtsp://192.168.1.64:554'

describe('the address of a sub stream', () => {
  it.each([
    ['/Streaming/Channels/101', '/Streaming/Channels/102'],
    [
      '/ISAPI/streaming/channels/1601?transportmode=unicast',
      '/ISAPI/streaming/channels/1602?transportmode=unicast',
    ],
    ['/h264/ch1/main/av_stream', '/h264/ch1/sub/av_stream'],
    ['/cam/realmonitor?channel=1&subtype=0', '/cam/realmonitor?channel=1&subtype=1'],
    ['/h264Preview_01_main', '/h264Preview_01_sub'],
    ['/h265Preview_01_main', '/h264Preview_01_sub'],
    ['/Preview_02_main', '/Preview_02_sub'],
    ['/stream1', '/stream2'],
  ])('of %s is %s', (main, sub) => {
    expect(subUrlOf(` ${HOST}${main} `)).toBe(HOST + sub)
  })

  it('keeps the log-in before the host, also one that looks like a path', () => {
    expect(subUrlOf('rtsp://stream1:subtype=0@cam/stream1')).toBe('rtsp://stream1:subtype=0@cam/stream2')
  })

  it.each(['/stream10', '/Streaming/Channels/102', '/cam/realmonitor?channel=1&subtype=1', '/live', ''])(
    'is not guessed for %s',
    (main) => {
      expect(subUrlOf(HOST + main)).toBeNull()
    },
  )

  it('is not guessed for what is no address', () => {
    expect(subUrlOf('stream1')).toBeNull()
  })
})
