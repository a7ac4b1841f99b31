/** Every address of the dashboard. Features never import each other: pages are put together here. */

import { lazy, type ComponentType } from 'react'
import { createBrowserRouter, Navigate } from 'react-router'
import { loadLaterTexts } from '@/lib/i18n'
import { Home } from './Home'
import { InLanguage } from './InLanguage'
import { LonePage, NotFoundPage } from './NotFoundPage'
import { OverviewRoute } from './OverviewRoute'
import { PageError } from './PageError'
import { SiteLayout } from './SiteLayout'

/** A page whose texts are in the later part of the catalogue: see build/catalogue.ts. */
function withTexts(load: () => Promise<{ default: ComponentType }>) {
  return lazy(async () => (await Promise.all([load(), loadLaterTexts()]))[0])
}

const SetupPage = lazy(() => import('@/features/auth/SetupPage'))
const SignInPage = lazy(() => import('@/features/auth/SignInPage'))
const JoinPage = lazy(() => import('@/features/auth/JoinPage'))
const SensorRoute = withTexts(() => import('./SensorRoute'))
const ResetPage = lazy(() => import('@/features/auth/ResetPage'))
const CamerasPage = lazy(() => import('@/features/cameras/CamerasPage'))
const AlertsPage = lazy(() => import('@/features/alerts/AlertsPage'))
const RulesPage = withTexts(() => import('@/features/rules/RulesPage'))
const DevicesPage = withTexts(() => import('@/features/devices/DevicesPage'))
const SettingsPage = withTexts(() => import('@/features/settings/SettingsPage'))
const MorePage = lazy(() => import('./MorePage'))

const page = (component: ComponentType) => <InLanguage page={component} />

export const router = createBrowserRouter([
  {
    errorElement: page(PageError),
    children: [
      { path: '/', element: page(Home) },
      { path: '/setup', element: page(SetupPage) },
      { path: '/sign-in', element: page(SignInPage) },
      { path: '/join', element: page(JoinPage) },
      { path: '/reset', element: page(ResetPage) },
      { path: '/account', element: <Home to="settings/account" /> },
      {
        path: '/s/:site',
        element: page(SiteLayout),
        children: [
          {
            errorElement: <PageError inFrame />,
            children: [
              { index: true, element: page(OverviewRoute) },
              { path: 'series/:id', element: page(SensorRoute) },
              { path: 'cameras/:id?', element: page(CamerasPage) },
              { path: 'alerts/:id?', element: page(AlertsPage) },
              { path: 'rules/:id?', element: page(RulesPage) },
              { path: 'devices/:id?', element: page(DevicesPage) },
              { path: 'settings', element: <Navigate to="account" replace /> },
              { path: 'settings/:tab', element: page(SettingsPage) },
              { path: 'more', element: page(MorePage) },
              { path: '*', element: page(NotFoundPage) },
            ],
          },
        ],
      },
      { path: '*', element: page(LonePage) },
    ],
  },
])
