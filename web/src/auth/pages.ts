// The pages of an account, and who sees them. What they may read and do is up to the server.
import type { Me } from "../api/accounts";

export const PAGES = [
  { path: "/settings", label: "Account", scope: null },
  { path: "/settings/preferences", label: "Preferences", scope: null },
  { path: "/settings/sessions", label: "Sessions", scope: null },
  { path: "/settings/second-factor", label: "Second factor", scope: null },
  { path: "/settings/keys", label: "API keys", scope: null },
  { path: "/admin/users", label: "Users", scope: "users" },
  { path: "/admin/usage", label: "Usage", scope: "users" },
  { path: "/admin/audit", label: "Audit", scope: "audit:read" },
] as const;

export type AccountPath = (typeof PAGES)[number]["path"];

/** The pages of somebody. */
export function pagesFor({ user }: Me) {
  return PAGES.filter(({ scope }) => scope === null || user.scopes.includes(scope));
}
