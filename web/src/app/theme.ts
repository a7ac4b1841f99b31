/** The tokens of the design as `--bv-*`, and Mantine's own variables mapped to them. */

import {
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type MantineThemeComponents,
} from '@mantine/core'

const light = {
  '--bv-bg': '#E9EEEC',
  '--bv-surface': '#FFFFFF',
  '--bv-surface-2': '#F4F7F6',
  '--bv-line': '#D3DCD9',
  '--bv-line-strong': '#75847F',
  '--bv-ink': '#12201D',
  '--bv-ink-2': '#3D4D49',
  '--bv-ink-3': '#586762',
  '--bv-accent': '#33379A',
  '--bv-accent-soft': '#E7E8F6',
  '--bv-accent-fill': '#33379A',
  '--bv-on-fill': '#FFFFFF',
  '--bv-fresh': '#00637C',
  '--bv-fresh-soft': '#DAEDF2',
  '--bv-late': '#8B5700',
  '--bv-late-soft': '#FBEACB',
  '--bv-late-mark': '#B87100',
  '--bv-stale': '#56625E',
  '--bv-stale-soft': '#E1E7E5',
  '--bv-crit': '#9C0F2F',
  '--bv-crit-soft': '#FBE4E5',
  '--bv-crit-fill': '#9C0F2F',
  '--bv-data-2': '#5E6B12',
  '--bv-data-3': '#8A3B7B',
  '--bv-grid': 'rgb(18 32 29 / .09)',
  '--bv-band': 'rgb(51 55 154 / .13)',
  '--bv-scrim': 'rgb(9 16 15 / .74)',
}

const dark: typeof light = {
  '--bv-bg': '#0C1312',
  '--bv-surface': '#141D1B',
  '--bv-surface-2': '#1B2624',
  '--bv-line': '#2B3936',
  '--bv-line-strong': '#72837E',
  '--bv-ink': '#E9F0EE',
  '--bv-ink-2': '#B7C5C1',
  '--bv-ink-3': '#94A59F',
  '--bv-accent': '#AEB4FF',
  '--bv-accent-soft': '#242853',
  '--bv-accent-fill': '#5D64DD',
  '--bv-on-fill': '#FFFFFF',
  '--bv-fresh': '#58CBE6',
  '--bv-fresh-soft': '#0F323C',
  '--bv-late': '#F3BC56',
  '--bv-late-soft': '#3A2B0E',
  '--bv-late-mark': '#F3BC56',
  '--bv-stale': '#9BAAA5',
  '--bv-stale-soft': '#222D2B',
  '--bv-crit': '#FF9A97',
  '--bv-crit-soft': '#40171D',
  '--bv-crit-fill': '#B92A3E',
  '--bv-data-2': '#C2CF6A',
  '--bv-data-3': '#E29AD3',
  '--bv-grid': 'rgb(233 240 238 / .10)',
  '--bv-band': 'rgb(174 180 255 / .18)',
  '--bv-scrim': 'rgb(9 16 15 / .74)',
}

const mapped = {
  '--mantine-color-body': 'var(--bv-surface)',
  '--mantine-color-text': 'var(--bv-ink)',
  '--mantine-color-dimmed': 'var(--bv-ink-3)',
  '--mantine-color-placeholder': 'var(--bv-ink-3)',
  '--mantine-color-default': 'var(--bv-surface)',
  '--mantine-color-default-color': 'var(--bv-ink)',
  '--mantine-color-default-hover': 'var(--bv-surface-2)',
  '--mantine-color-default-border': 'var(--bv-line-strong)',
  '--mantine-color-anchor': 'var(--bv-accent)',
  '--mantine-color-error': 'var(--bv-crit)',
  '--mantine-primary-color-filled': 'var(--bv-accent-fill)',
  '--mantine-primary-color-filled-hover': 'color-mix(in srgb, var(--bv-accent-fill) 88%, #000)',
  '--mantine-primary-color-light': 'var(--bv-accent-soft)',
  '--mantine-primary-color-light-color': 'var(--bv-accent)',
  '--mantine-primary-color-contrast': 'var(--bv-on-fill)',
}

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...light, ...mapped },
  dark: { ...dark, ...mapped },
})

const indigo: MantineColorsTuple = [
  '#E7E8F6',
  '#CDCFEA',
  '#AEB4FF',
  '#8C93EC',
  '#6F77E4',
  '#5D64DD',
  '#454BBB',
  '#33379A',
  '#292C7D',
  '#1E205E',
]

const FONT = "'Archivo Variable', Archivo, Inter, 'Noto Sans', system-ui, sans-serif"

// Without the `extend` of each component, which would load them all with the first page.
const components: MantineThemeComponents = {
  Input: {
    vars: () => ({ wrapper: { '--input-height': '44px', '--input-fz': 'var(--bv-input-size)' } }),
  },
  InputWrapper: {
    styles: {
      label: { fontSize: 13, fontWeight: 560, marginBottom: 4, color: 'var(--bv-ink-2)' },
      description: { fontSize: 12, color: 'var(--bv-ink-3)' },
      error: { fontSize: 13 },
    },
  },
  Modal: {
    defaultProps: { radius: 8, centered: true, shadow: 'none', transitionProps: { duration: 200 } },
    styles: { title: { fontSize: 20, fontWeight: 640, lineHeight: 1.35 } },
  },
  Popover: { defaultProps: { radius: 8, shadow: 'none' } },
  Switch: {
    styles: {
      body: { minHeight: 44, alignItems: 'center' },
      track: { border: '1px solid var(--bv-line-strong)' },
    },
  },
}

export const theme = createTheme({
  fontFamily: FONT,
  fontFamilyMonospace: "ui-monospace, 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, monospace",
  headings: { fontFamily: FONT, fontWeight: '640' },
  colors: { indigo },
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 5 },
  defaultRadius: 4,
  fontSizes: { xs: '11px', sm: '13px', md: '14px', lg: '16px', xl: '22px' },
  respectReducedMotion: true,
  // One visible outline for all: base.css draws it.
  focusRing: 'never',
  components,
})
