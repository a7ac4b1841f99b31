/** Names of the metrics in the server's catalogue and of the two states of the binary ones. */

import { t } from '@lingui/core/macro'
import type { MetricName } from './api/types'

/** TypeScript refuses the build when the server's catalogue has a metric without a name here. */
const NAMES: Record<MetricName, () => string> = {
  temperature: () => t`Temperature`,
  humidity: () => t`Humidity`,
  pressure: () => t`Pressure`,
  co2: () => 'CO₂',
  nh3: () => t`NH₃ gas`,
  pm25: () => t({ message: 'PM2.5', context: 'metric' }),
  illuminance: () => t`Light`,
  soil_moisture: () => t`Soil moisture`,
  ph: () => 'pH',
  voltage: () => t`Voltage`,
  current: () => t`Current`,
  power: () => t`Power`,
  energy: () => t`Energy`,
  battery: () => t`Battery`,
  rssi: () => t({ message: 'Signal', context: 'metric' }),
  water_level: () => t`Water level`,
  flow: () => t({ message: 'Flow', context: 'metric' }),
  speed: () => t({ message: 'Speed', context: 'metric' }),
  motion: () => t`Motion`,
  smoke: () => t({ message: 'Smoke', context: 'metric' }),
  water_leak: () => t`Water leak`,
  door: () => t({ message: 'Door', context: 'metric' }),
  window: () => t({ message: 'Window', context: 'metric' }),
  occupancy: () => t({ message: 'Occupancy', context: 'metric' }),
  presence: () => t({ message: 'Presence', context: 'metric' }),
  gas: () => t({ message: 'Gas leak', context: 'metric' }),
  vibration: () => t({ message: 'Vibration', context: 'metric' }),
  tamper: () => t({ message: 'Tamper', context: 'metric' }),
  alarm: () => t({ message: 'Alarm', context: 'metric' }),
  contact: () => t({ message: 'Contact', context: 'metric' }),
  relay: () => t({ message: 'Relay', context: 'metric' }),
  power_on: () => t({ message: 'Mains power', context: 'metric' }),
}

/** A metric's name where no series says its own; an unknown metric is named by itself. */
export function metricWord(metric: string): string {
  if (Object.hasOwn(NAMES, metric)) return NAMES[metric as MetricName]()
  const words = metric.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What the two states of a binary metric are called. */
export function binaryWord(metric: string, on: boolean): string {
  switch (metric) {
    case 'door':
    case 'window':
    case 'contact':
      return on ? t({ message: 'Open', context: 'door' }) : t({ message: 'Closed', context: 'door' })
    case 'water_leak':
      return on ? t({ message: 'Wet', context: 'leak' }) : t({ message: 'Dry', context: 'leak' })
    case 'smoke':
      return on ? t`Smoke` : t`No smoke`
    case 'gas':
      return on ? t`Gas` : t`No leak`
    case 'motion':
    case 'vibration':
      return on ? t`Motion` : t({ message: 'Quiet', context: 'motion' })
    case 'occupancy':
    case 'presence':
      return on ? t`Somebody` : t`Nobody`
    case 'alarm':
    case 'tamper':
      return on ? t`Alarm` : t({ message: 'Quiet', context: 'alarm' })
    case 'relay':
    case 'power_on':
      return on ? t({ message: 'On', context: 'relay' }) : t({ message: 'Off', context: 'relay' })
    default:
      return on ? t({ message: 'Yes', context: 'binary' }) : t({ message: 'No', context: 'binary' })
  }
}
