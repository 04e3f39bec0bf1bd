// What several pages of trading read: accounts, bots, strategies and their versions by number.
import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import {
  commandBot,
  fetchAccounts,
  fetchBot,
  fetchBots,
  fetchStrategies,
  fetchTemplates,
  fetchVersions,
  type Version,
} from "../api/trading";
import { fetchWebhooks } from "../api/webhooks";
import { useRefreshMs } from "./live";

/** What the latest price is in is read again this often: the stream tells of bots and orders only. */
export const REFRESH_MS = 3_000;
/** Names change seldom. */
const NAMES_STALE_MS = 30_000;

export function useAccounts() {
  return useQuery({
    queryKey: ["trading", "accounts"],
    queryFn: ({ signal }) => fetchAccounts(signal),
    staleTime: NAMES_STALE_MS,
  });
}

export function useBots() {
  const refetchInterval = useRefreshMs();
  return useQuery({
    queryKey: ["trading", "bots"],
    queryFn: ({ signal }) => fetchBots(signal),
    refetchInterval,
  });
}

export function useBot(id: string) {
  const refetchInterval = useRefreshMs();
  return useQuery({
    queryKey: ["trading", "bots", id],
    queryFn: ({ signal }) => fetchBot(id, signal),
    refetchInterval,
  });
}

export function useStrategies() {
  return useQuery({
    queryKey: ["trading", "strategies"],
    queryFn: ({ signal }) => fetchStrategies(signal),
    staleTime: NAMES_STALE_MS,
  });
}

export function useTemplates() {
  return useQuery({
    queryKey: ["trading", "templates"],
    queryFn: ({ signal }) => fetchTemplates(signal),
    staleTime: NAMES_STALE_MS,
  });
}

/** A version with the strategy that it is of. */
export interface NamedVersion {
  version: Version;
  strategy: string;
  /** `Cross 3`. */
  label: string;
}

const versionsOf = (id: string) => ({
  queryKey: ["trading", "strategies", id, "versions"],
  queryFn: ({ signal }: { signal: AbortSignal }) => fetchVersions(id, signal),
  staleTime: NAMES_STALE_MS,
});

/** The versions of one strategy, newest first. */
export function useVersions(id: string) {
  return useQuery(versionsOf(id));
}

/** The versions of all strategies that have some; those of one strategy together, newest first. */
export function useAllVersions(): NamedVersion[] {
  const strategies = useStrategies().data ?? [];
  const versioned = strategies.filter(({ latest_version }) => latest_version !== null);
  const found = useQueries({ queries: versioned.map(({ id }) => versionsOf(id)) });
  return found.flatMap(({ data }, at) => {
    const strategy = versioned[at]?.name ?? "";
    const labelled = (version: Version) => ({
      version,
      strategy,
      label: `${strategy} ${version.version}`,
    });
    return data?.map(labelled) ?? [];
  });
}

/** The webhooks of one bot, or of all of them, as one list. */
export function useWebhooks(bot: string | undefined) {
  const bots = useBots();
  const wanted = bots.data?.filter(({ id }) => bot === undefined || id === bot) ?? [];
  const found = useQueries({
    queries: wanted.map(({ id }) => ({
      queryKey: ["trading", "webhooks", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchWebhooks(id, signal),
      staleTime: NAMES_STALE_MS,
    })),
  });
  const all = [bots, ...found];
  const isPending = all.some((each) => each.isPending);
  const failed = all.find((each) => each.error !== null && each.data === undefined);
  return {
    isPending: isPending && failed === undefined,
    error: failed?.error ?? null,
    data: isPending || failed ? undefined : found.flatMap(({ data }) => data ?? []),
    refetch: () => Promise.all(all.map((each) => each.refetch())),
  };
}

/** What accounts and bots are called, by number. */
export function useNames(): Map<string, string> {
  const accounts = useAccounts().data;
  const bots = useBots().data;
  return useMemo(
    () => new Map([...(accounts ?? []), ...(bots ?? [])].map(({ id, name }) => [id, name])),
    [accounts, bots],
  );
}

/** Forgets what was read of trading and the ledger, after something of it was changed. */
export function useChanged(): () => Promise<unknown> {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: ["trading"] }),
      queryClient.invalidateQueries({ queryKey: ["ledger"] }),
    ]);
}

/** Starts, pauses and stops bots. */
export function useCommand() {
  const changed = useChanged();
  return useMutation({ mutationFn: commandBot, onSettled: changed });
}
