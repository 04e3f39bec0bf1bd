// What the address of a list looks for, so that a search can be shared and come back to.

export type Search = Record<string, string>;

/** The named parts of a query string that say something. */
export function parseSearch(search: string, names: readonly string[]): Search {
  const query = new URLSearchParams(search);
  const found = names.map((name) => [name, query.get(name)?.trim() ?? ""] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== ""));
}

/** The address of a search; `:` and `/` stay readable. */
export function searchHref(path: string, search: Search): string {
  const said = Object.entries(search).filter(([, value]) => value.trim() !== "");
  if (said.length === 0) return path;
  const query = new URLSearchParams(said).toString();
  return `${path}?${query.replaceAll("%3A", ":").replaceAll("%2F", "/")}`;
}
