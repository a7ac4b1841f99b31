/** The cast and their things: Alice owns, Bob operates, Charlie views. */

import type { Silence, Site, Alert, Camera, Device, Me, Metric, Rule, Series } from '@/lib/api/types'

/** 23 November 2025, 14:32:08 in Ho Chi Minh City. */
export const NOW_MS = Date.UTC(2025, 10, 23, 7, 32, 8)

let nextId = 1

export function aMe(change: Partial<Me> = {}): Me {
  return {
    id: 1,
    username: 'alice',
    email: 'alice@example.com',
    name: 'Nguyễn Thị Hạnh',
    language: 'vi',
    sites: [
      {
        slug: 'tan-tao',
        name: 'Kho lạnh Tân Tạo',
        timezone: 'Asia/Ho_Chi_Minh',
        address: 'TP. Hồ Chí Minh',
        role: 'owner',
      },
    ],
    ...change,
  }
}

export function aMetric(change: Partial<Metric> = {}): Metric {
  return {
    metric: 'temperature',
    unit: '°C',
    kind: 'number',
    freshness_seconds: 15,
    usual: true,
    ...change,
  }
}

export function aSeries(change: Partial<Series> = {}): Series {
  return {
    id: nextId++,
    device: 'tt-kho1-dht',
    device_name: 'tt-kho1-dht',
    zone: { id: 1, name: 'Kho lạnh 1' },
    metric: 'temperature',
    name: 'Nhiệt độ',
    name_repeats: false,
    unit: '°C',
    kind: 'number',
    freshness_seconds: 10,
    interval_ms: 5000,
    raw_days: 30,
    tier_days: 365,
    site: 'tan-tao',
    own_name: '',
    own_freshness_seconds: null,
    ...change,
  }
}

export function aDevice(change: Partial<Device> = {}): Device {
  return {
    id: 'tt-kho1-dht',
    site: 'tan-tao',
    zone: { id: 1, name: 'Kho lạnh 1' },
    name: 'tt-kho1-dht',
    online: true,
    last_seen_ms: NOW_MS - 3000,
    clock_skew_ms: null,
    protocol: 'mqtt 5',
    series_count: 2,
    freshness_seconds: 10,
    rejected_count: 0,
    has_credential: true,
    created_at: '2025-11-01T00:00:00Z',
    version: 1,
    ...change,
  }
}

export function anAlert(change: Partial<Alert> = {}): Alert {
  const id = change.id ?? nextId++
  return {
    id,
    site: 'tan-tao',
    rule: 1,
    series: 1,
    device: 'tt-kho1-dht',
    device_name: 'tt-kho1-dht',
    camera: '',
    zone: 'Kho lạnh 1',
    metric: 'temperature',
    unit: '°C',
    title: 'Kho lạnh 1 quá ấm',
    title_code: '',
    severity: 'critical',
    state: 'open',
    condition: { kind: 'above', level: 8, clear: 6.5, for_seconds: 60 },
    value: 8.6,
    peak: 8.7,
    peak_ms: NOW_MS - 420_000,
    cleared_value: null,
    spans: [[NOW_MS - 828_000, null]],
    spans_joined: 0,
    flaps: 0,
    opened_ms: NOW_MS - 828_000,
    acknowledged_ms: null,
    acknowledged_by: null,
    resolved_ms: null,
    resolved_by: null,
    assigned_to: null,
    assigned_username: null,
    silenced_until_ms: null,
    last_seq: 1479,
    ...change,
  }
}

export function aCamera(change: Partial<Camera> = {}): Camera {
  return {
    id: 'cua-kho-1',
    site: 'tan-tao',
    zone: null,
    name: 'Cửa kho lạnh 1',
    source: {
      way: 'pull',
      url: 'rtsp://192.168.1.40/stream',
      username: '',
      sub_url: '',
      make_sub: false,
      has_password: false,
    },
    enabled: true,
    state: 'live',
    state_code: '',
    state_reason: '',
    state_since_ms: NOW_MS - 3_600_000,
    codec: 'h264',
    width: 1280,
    height: 720,
    fps: 25,
    b_frames: false,
    key_frame_seconds: 1,
    sound_codec: '',
    viewers: 1,
    streams: [
      { kind: 'webrtc', url: '/media/cua-kho-1/whep', note: '', source: 'main', has_sound: false },
      { kind: 'hls', url: '/media/cua-kho-1/hls/index.m3u8', note: '', source: 'main', has_sound: false },
    ],
    sub: null,
    notes: [],
    created_at: '2025-11-01T00:00:00Z',
    version: 1,
    ...change,
  }
}

export function aRule(change: Partial<Rule> = {}): Rule {
  return {
    id: 1,
    site: 'tan-tao',
    name: 'Kho lạnh 1 quá ấm',
    metric: 'temperature',
    device: null,
    series: 1,
    severity: 'critical',
    condition: { kind: 'above', level: 8, clear: 6.5, for_seconds: 60 },
    schedule: null,
    applies: 'always',
    enabled: true,
    template: '',
    name_code: '',
    watched: { series_count: 1, unit: '°C', place: 'Kho lạnh 1' },
    version: 1,
    created_at: '2025-11-01T00:00:00Z',
    updated_at: '2025-11-21T02:14:00Z',
    ...change,
  }
}

export function aSite(change: Partial<Site> = {}): Site {
  return {
    slug: 'tan-tao',
    name: 'Kho lạnh Tân Tạo',
    address: '',
    timezone: 'Asia/Ho_Chi_Minh',
    language: 'vi',
    away: false,
    away_set_at: null,
    away_set_by: null,
    zones: [],
    version: 1,
    ...change,
  }
}

export function aSilence(change: Partial<Silence> = {}): Silence {
  return {
    id: 5,
    site: 'tan-tao',
    rule: null,
    rule_name: null,
    rule_name_code: null,
    series: null,
    series_name: null,
    metric: null,
    device: null,
    device_name: null,
    zone: null,
    zone_name: null,
    camera: '',
    from_ms: NOW_MS,
    to_ms: NOW_MS + 3_600_000,
    reason: 'Xả đá',
    made_by: 'An',
    made_ms: NOW_MS,
    ended_by: null,
    ...change,
  }
}
