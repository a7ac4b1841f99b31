import { expect, it } from 'vitest'

import { chooseMove, followEdge } from './live-edge'

it('plays a little faster while it is late, and as usual where it should be', () => {
  expect(chooseMove(0.4, 0.6, 0.3)).toEqual({ rate: 1.2, jump: 0 })
  expect(chooseMove(0.1, 0.6, 0.3)).toEqual({ rate: 1.05, jump: 0 })
  expect(chooseMove(0.02, 0.6, 0.3)).toEqual({ rate: 1, jump: 0 })
  expect(chooseMove(-0.3, 0.6, 0.3)).toEqual({ rate: 1, jump: 0 })
})

it('plays no faster with little in hand, lest it stall', () => {
  expect(chooseMove(0.4, 0.2, 0.3)).toEqual({ rate: 1, jump: 0 })
})

it('leaves out what it is late by after a stall, once what comes after it is there', () => {
  expect(chooseMove(2.5, 3, 0.3)).toEqual({ rate: 1, jump: 2.5 })
  expect(chooseMove(2.5, 2.6, 0.3)).toEqual({ rate: 1.2, jump: 0 })
})

function aVideo(end: number) {
  const video = document.createElement('video')
  const buffered = { length: 1, start: () => 0, end: () => end }
  Object.defineProperty(video, 'buffered', { value: buffered })
  Object.defineProperty(video, 'seeking', { value: false, writable: true })
  return video
}

it('follows the edge of a video until it is told to stop', () => {
  const video = aVideo(10)
  const stop = followEdge(video, { liveSyncPosition: 9.4 }, 0.3)
  video.currentTime = 9
  video.dispatchEvent(new Event('timeupdate'))
  expect(video.playbackRate).toBe(1.2)
  video.currentTime = 6
  video.dispatchEvent(new Event('timeupdate'))
  expect(video.currentTime).toBeCloseTo(9.4)
  expect(video.playbackRate).toBe(1)
  video.currentTime = 9
  video.dispatchEvent(new Event('timeupdate'))
  stop()
  expect(video.playbackRate).toBe(1)
  video.currentTime = 6
  video.dispatchEvent(new Event('timeupdate'))
  expect(video.currentTime).toBe(6)
})

it('waits while the video seeks, and while nothing is known of the edge', () => {
  const video = aVideo(10)
  followEdge(video, { liveSyncPosition: null }, 0.3)
  Object.assign(video, { seeking: true })
  followEdge(video, { liveSyncPosition: 9.4 }, 0.3)
  video.currentTime = 6
  video.dispatchEvent(new Event('timeupdate'))
  expect(video.currentTime).toBe(6)
})
