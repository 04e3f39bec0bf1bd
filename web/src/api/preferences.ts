// What somebody prefers, and the lists of symbols that they watch.
import { body, client, done } from "./request";
import type { components } from "./schema";

export type Preferences = components["schemas"]["PreferencesBody"];
export type PreferencesChange = components["schemas"]["PreferencesChangeBody"];
export type Watchlist = components["schemas"]["WatchlistBody"];
export type NewWatchlist = components["schemas"]["NewWatchlist"];
export type WatchlistChange = components["schemas"]["WatchlistChangeBody"];

export function fetchPreferences(signal: AbortSignal): Promise<Preferences> {
  return body((signal) => client.GET("/v1/me/preferences", { signal }), signal);
}

export function changePreferences(change: PreferencesChange): Promise<Preferences> {
  return body((signal) => client.PATCH("/v1/me/preferences", { body: change, signal }));
}

export async function fetchWatchlists(signal: AbortSignal): Promise<Watchlist[]> {
  return (await body((signal) => client.GET("/v1/me/watchlists", { signal }), signal)).watchlists;
}

export function createWatchlist(list: NewWatchlist): Promise<Watchlist> {
  return body((signal) => client.POST("/v1/me/watchlists", { body: list, signal }));
}

export function changeWatchlist({
  id,
  ...change
}: WatchlistChange & { id: string }): Promise<Watchlist> {
  const params = { path: { id } };
  return body((signal) => client.PATCH("/v1/me/watchlists/{id}", { params, body: change, signal }));
}

export function deleteWatchlist(id: string): Promise<void> {
  const params = { path: { id } };
  return done((signal) => client.DELETE("/v1/me/watchlists/{id}", { params, signal }));
}
