/** A user name for whoever gave an e-mail address alone: signing in works with either, and a user name has no @. */
export function userNameOf(email: string): string {
  const [local = ''] = email.trim().split('@')
  const name = local
    .normalize('NFKC')
    .replace(/[^\p{L}\d._+-]/gu, '')
    .slice(0, 150)
  return name || 'owner'
}
