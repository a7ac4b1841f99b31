/** Every address of the dashboard. Features never import each other: pages are put together here. */

import { lazy } from 'react'
import { createBrowserRouter, Navigate } from 'react-router'
import { Home } from './Home'
import { NotFoundPage } from './NotFoundPage'
import { OverviewRoute } from './OverviewRoute'
import { PageError } from './PageError'
import { SiteLayout } from './SiteLayout'

const SetupPage = lazy(() => import('@/features/auth/SetupPage'))
const SignInPage = lazy(() => import('@/features/auth/SignInPage'))
const JoinPage = lazy(() => import('@/features/auth/JoinPage'))
const SensorRoute = lazy(() => import('./SensorRoute'))
const ResetPage = lazy(() => import('@/features/auth/ResetPage'))
const CamerasPage = lazy(() => import('@/features/cameras/CamerasPage'))
const AlertsPage = lazy(() => import('@/features/alerts/AlertsPage'))
const RulesPage = lazy(() => import('@/features/rules/RulesPage'))
const DevicesPage = lazy(() => import('@/features/devices/DevicesPage'))
const SettingsPage = lazy(() => import('@/features/settings/SettingsPage'))
const MorePage = lazy(() => import('./MorePage'))

export const router = createBrowserRouter([
  {
    errorElement: <PageError />,
    children: [
      { path: '/', element: <Home /> },
      { path: '/setup', element: <SetupPage /> },
      { path: '/sign-in', element: <SignInPage /> },
      { path: '/join', element: <JoinPage /> },
      { path: '/reset', element: <ResetPage /> },
      { path: '/account', element: <Home to="settings/account" /> },
      {
        path: '/s/:site',
        element: <SiteLayout />,
        children: [
          {
            errorElement: <PageError inFrame />,
            children: [
              { index: true, element: <OverviewRoute /> },
              { path: 'series/:id', element: <SensorRoute /> },
              { path: 'cameras/:id?', element: <CamerasPage /> },
              { path: 'alerts/:id?', element: <AlertsPage /> },
              { path: 'rules/:id?', element: <RulesPage /> },
              { path: 'devices/:id?', element: <DevicesPage /> },
              { path: 'settings', element: <Navigate to="account" replace /> },
              { path: 'settings/:tab', element: <SettingsPage /> },
              { path: 'more', element: <MorePage /> },
              { path: '*', element: <NotFoundPage /> },
            ],
          },
        ],
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
])
