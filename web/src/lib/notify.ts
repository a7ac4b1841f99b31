/** Notifications of the browser and the optional sound; both only after the person asked for them. */

import { recall, remember } from './storage'

export type NotifyState = 'unsupported' | 'insecure' | 'default' | 'granted' | 'denied'

export function notifyState(): NotifyState {
  if (!window.isSecureContext) return 'insecure'
  if (!('Notification' in window)) return 'unsupported'
  return Notification.permission
}

/** Must be called from a click: browsers refuse otherwise. */
export async function askToNotify(): Promise<NotifyState> {
  if (notifyState() === 'default') await Notification.requestPermission()
  return notifyState()
}

/** Shows one notification an alert; the tag replaces an older one of the same alert. */
export function notify(title: string, text: string, tag: string, onClick: () => void): void {
  if (notifyState() !== 'granted') return
  try {
    const notification = new Notification(title, { body: text, tag, icon: '/mark.svg' })
    notification.onclick = () => {
      window.focus()
      onClick()
      notification.close()
    }
  } catch {
    // Chrome on Android allows notifications from a service worker only; the title badge still counts.
  }
}

export function soundOn(): boolean {
  return recall('sound') === 'on'
}

export function setSound(on: boolean): void {
  remember('sound', on ? 'on' : 'off')
}

/** Two short notes, made here so that nothing has to be loaded. */
export function playSound(): void {
  const audio = new AudioContext()
  const gain = audio.createGain()
  gain.gain.value = 0.15
  gain.connect(audio.destination)
  for (const [at, pitch] of [
    [0, 660],
    [0.22, 880],
  ] as const) {
    const note = audio.createOscillator()
    note.frequency.value = pitch
    note.connect(gain)
    note.start(audio.currentTime + at)
    note.stop(audio.currentTime + at + 0.18)
  }
  setTimeout(() => void audio.close(), 800)
}
