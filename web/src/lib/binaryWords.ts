/** What 0 and 1 of a binary series mean, in words. */

import { t } from '@lingui/core/macro'

export function binaryWords(metric: string): [off: string, on: string] {
  switch (metric) {
    case 'door':
    case 'window':
    case 'contact':
      return [t({ message: 'Đóng', context: 'door' }), t({ message: 'Mở', context: 'door' })]
    case 'motion':
    case 'vibration':
      return [t({ message: 'Yên', context: 'motion' }), t({ message: 'Có động', context: 'motion' })]
    case 'smoke':
    case 'gas':
      return [t({ message: 'Không có', context: 'smoke' }), t({ message: 'Có', context: 'smoke' })]
    case 'water_leak':
      return [t({ message: 'Khô', context: 'water' }), t({ message: 'Ướt', context: 'water' })]
    case 'occupancy':
    case 'presence':
      return [t({ message: 'Vắng', context: 'presence' }), t({ message: 'Có người', context: 'presence' })]
    case 'tamper':
    case 'alarm':
      return [t({ message: 'Bình thường', context: 'alarm' }), t({ message: 'Báo động', context: 'alarm' })]
    default:
      return [t({ message: 'Tắt', context: 'switch' }), t({ message: 'Bật', context: 'switch' })]
  }
}

export function binaryWord(metric: string, value: number): string {
  const [off, on] = binaryWords(metric)
  return value > 0 ? on : off
}
