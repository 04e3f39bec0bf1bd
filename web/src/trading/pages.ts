// The pages of trading, and who sees them. What they may read and do is up to the server.
import type { Me } from "../api/accounts";
import { searchHref } from "../ledger/search";

export const PAGES = [
  { path: "/bots", label: "Bots", scope: "bots:read" },
  { path: "/portfolio", label: "Portfolio", scope: "orders:read" },
  { path: "/orders", label: "Orders", scope: "orders:read" },
  { path: "/trades", label: "Trades", scope: "orders:read" },
  { path: "/explain", label: "Explain", scope: "orders:read" },
  { path: "/accounts", label: "Accounts", scope: "bots:read" },
  { path: "/strategies", label: "Strategies", scope: "bots:read" },
  { path: "/webhooks", label: "Webhooks", scope: "bots:read" },
  { path: "/imports", label: "Imports", scope: "orders:read" },
] as const;

export type TradingPath = (typeof PAGES)[number]["path"];

/** The pages of somebody. */
export function pagesFor({ user }: Me) {
  return PAGES.filter(({ scope }) => user.scopes.includes(scope));
}

/** The page that an address is of, and what of it: `/bots/17` is the bot 17 of `/bots`. */
export function placeOf(path: string): { page: TradingPath; id: string | null } | null {
  const [, first = "", id = "", more] = path.split("/");
  const page = PAGES.find((each) => each.path === `/${first}`);
  if (page === undefined || more !== undefined) return null;
  return { page: page.path, id: id === "" ? null : decodeURIComponent(id) };
}

/** Where a webhook is shown; the server is asked for it by its bot. */
export function webhookHref({ id, bot }: { id: string; bot: string }): string {
  return searchHref(`/webhooks/${id}`, { bot });
}

/** Whether somebody may do more than look. */
export function mayWrite(me: Me, what: "bots" | "orders"): boolean {
  return me.user.scopes.includes(`${what}:write`);
}
