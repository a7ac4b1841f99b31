/** Line icons on a 20 px grid, drawn for this product; always beside a word or under a labelled control. */

const PATHS = {
  home: (
    <>
      <path d="M3 3h6v7H3zM11 3h6v4h-6zM11 9.5h6V17h-6zM3 12.5h6V17H3z" />
    </>
  ),
  cam: (
    <>
      <rect x="2.5" y="5.5" width="10.5" height="9" rx="1.5" />
      <path d="m13 9 4.5-2.500v7L13 11" />
    </>
  ),
  bell: (
    <>
      <path d="M5 14V9a5 5 0 0 1 10 0v5l1.5 1.500h-13zM8.5 17.500h3" />
    </>
  ),
  rule: (
    <>
      <path d="M3 5h9M3 10h5M3 15h9M15 3v4M11 8v4M15 13v4M11 10h6" />
    </>
  ),
  chip: (
    <>
      <rect x="5" y="5" width="10" height="10" rx="1.5" />
      <path d="M8 2v3M12 2v3M8 15v3M12 15v3M2 8h3M2 12h3M15 8h3M15 12h3" />
    </>
  ),
  age: (
    <>
      <circle cx="10" cy="10" r="7" />
      <path d="M10 6v4l2.5 2" />
    </>
  ),
  more: (
    <>
      <path d="M4 6h12M4 10h12M4 14h12" />
    </>
  ),
  gear: (
    <>
      <circle cx="10" cy="10" r="2.5" />
      <path d="M10 2.500v2.500M10 15v2.500M2.5 10H5M15 10h2.500M4.7 4.700l1.8 1.800M13.5 13.500l1.8 1.800M15.3 4.700l-1.8 1.800M6.5 13.500l-1.8 1.8" />
    </>
  ),
  wall: (
    <>
      <rect x="2.5" y="4" width="15" height="9.5" rx="1" />
      <path d="M7 17h6" />
    </>
  ),
  moon: (
    <>
      <path d="M16 11.500A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.500z" />
    </>
  ),
  find: (
    <>
      <circle cx="9" cy="9" r="5.5" />
      <path d="m13.5 13.5 4 4" />
    </>
  ),
  sound: (
    <>
      <path d="M3 8v4h3l4 3.500v-11L6 8zM13 7.500a3.5 3.5 0 0 1 0 5M15 5.500a6.5 6.5 0 0 1 0 9" />
    </>
  ),
  quiet: (
    <>
      <path d="M3 8v4h3l4 3.500v-11L6 8zM13.5 8l4 4M17.5 8l-4 4" />
    </>
  ),
  down: (
    <>
      <path d="m5.5 8 4.5 4.500L14.5 8" />
    </>
  ),
  right: (
    <>
      <path d="m8 5.5 4.5 4.500L8 14.5" />
    </>
  ),
  check: (
    <>
      <path d="m4 10.5 4 4 8-9" />
    </>
  ),
  x: (
    <>
      <path d="m5 5 10 10M15 5 5 15" />
    </>
  ),
  plus: (
    <>
      <path d="M10 4v12M4 10h12" />
    </>
  ),
  poll: (
    <>
      <path d="M15.5 8A6 6 0 0 0 4.7 7M4.5 12a6 6 0 0 0 10.8 1M4.5 3.500V7H8M15.5 16.500V13H12" />
    </>
  ),
  ws: (
    <>
      <path d="M3 7h13l-3-3M17 13H4l3 3" />
    </>
  ),
  rtc: (
    <>
      <path d="M11 2.5 5 11h4.500L8.5 17.5 15 9h-4.500z" />
    </>
  ),
  hls: (
    <>
      <path d="M3 6h4v8H3zM8.5 6h4v8h-4zM14 6h3v8h-3z" />
    </>
  ),
  step: (
    <>
      <path d="M3 5h5v5h5v5h4M14.5 12.5 17 15l-2.5 2.5" />
    </>
  ),
  off: (
    <>
      <path d="M3 3l14 14M7.5 11.500a4 4 0 0 1 4-.8M4.5 8.500a8 8 0 0 1 3-1.800M11 5.600a8 8 0 0 1 4.5 2.900M10 15h.01" />
    </>
  ),
  door: (
    <>
      <path d="M5 17.5V3h10v14.5M2.5 17.5h15M12 10.5v.1" />
    </>
  ),
  lock: (
    <>
      <rect x="4.5" y="9" width="11" height="7.5" rx="1.5" />
      <path d="M7 9V6.500a3 3 0 0 1 6 0V9" />
    </>
  ),
  hand: (
    <>
      <path d="m2.5 10.5 3.5 3.5L13 6M9.5 13.5l.5.5 7.5-8" />
    </>
  ),
  user: (
    <>
      <circle cx="10" cy="7" r="3" />
      <path d="M4 16.500c.6-3.3 3-5 6-5s5.4 1.7 6 5" />
    </>
  ),
  mute: (
    <>
      <path d="M5 14V9a5 5 0 0 1 7-4.600M15 9v5l1.5 1.500h-13M3 3l14 14" />
    </>
  ),
  full: (
    <>
      <path d="M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5" />
    </>
  ),
  play: (
    <>
      <path d="M6 4v12l10-6z" fill="currentColor" />
    </>
  ),
  copy: (
    <>
      <rect x="7" y="7" width="9.5" height="9.5" rx="1.5" />
      <path d="M13 4.500A1.5 1.5 0 0 0 11.5 3H5a2 2 0 0 0-2 2v6.500A1.5 1.5 0 0 0 4.5 13" />
    </>
  ),
  chat: (
    <>
      <path d="M3 4.500h14v9H9l-4 3v-3H3z" />
    </>
  ),
  mail: (
    <>
      <rect x="2.5" y="5" width="15" height="10.5" rx="1.5" />
      <path d="m3 6 7 5 7-5" />
    </>
  ),
  tele: (
    <>
      <path d="M17.5 3 2.5 9.500l4.5 2 1.5 5 2.5-3 4 3z" />
    </>
  ),
  push: (
    <>
      <rect x="6" y="2.5" width="8" height="15" rx="1.5" />
      <path d="M9.5 15h1" />
    </>
  ),
}

export type IconName = keyof typeof PATHS

const SIZES = { s: [14, 2], m: [16, 1.8], l: [20, 1.6] } as const

export function Icon({
  name,
  size = 'l',
  className,
}: {
  name: IconName
  size?: keyof typeof SIZES
  className?: string
}) {
  const [pixels, stroke] = SIZES[size]
  return (
    <svg
      className={className}
      width={pixels}
      height={pixels}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={stroke}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: 'none' }}
      aria-hidden="true"
    >
      {PATHS[name]}
    </svg>
  )
}
