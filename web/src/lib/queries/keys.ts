/** One place for cache keys, so that a mutation knows what it made old. */

export const keys = {
  setup: ['setup'] as const,
  me: ['me'] as const,
  metrics: ['metrics'] as const,
  tokens: ['tokens'] as const,
  sessions: ['sessions'] as const,
  myAudit: ['me', 'audit'] as const,
  myInvitations: ['me', 'invitations'] as const,
  site: (site: string) => ['site', site] as const,
  audit: (site: string) => ['site', site, 'audit'] as const,
  members: (site: string) => ['site', site, 'members'] as const,
  invitations: (site: string) => ['site', site, 'invitations'] as const,
  /** What the last poll said of the lists below; never fetched by itself. */
  numbers: (site: string) => ['site', site, 'numbers'] as const,
  series: (site: string) => ['site', site, 'series'] as const,
  /** All series of a site that has few; null for a large one. */
  seriesHead: (site: string) => ['site', site, 'series-head'] as const,
  oneSeries: (site: string, id: number) => ['site', site, 'series', 'one', id] as const,
  /** What this browser kept, while the server has not answered yet: see lib/kept. */
  kept: (site: string) => ['kept', site] as const,
  anyKept: ['kept'] as const,
  siteMetrics: (site: string) => ['site', site, 'metrics'] as const,
  overview: (site: string) => ['site', site, 'overview'] as const,
  search: (site: string, words: string) => ['site', site, 'search', words] as const,
  sparklines: (site: string) => ['site', site, 'sparklines'] as const,
  devices: (site: string) => ['site', site, 'devices'] as const,
  cameras: (site: string) => ['site', site, 'cameras'] as const,
  memberCameras: (site: string, member: number) => ['site', site, 'member cameras', member] as const,
  rtspTokens: (camera: string) => ['rtsp tokens', camera] as const,
  server: ['server'] as const,
  rules: (site: string) => ['site', site, 'rules'] as const,
  silences: (site: string) => ['silences', site] as const,
  alert: (id: number) => ['alert', id] as const,
}
