// The candles of one symbol and interval: pages of history that grow backwards, live candles at
// the end, and the tail read again whenever the stream may have left something out.
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import { fetchCandles } from "../api/client";
import { stream } from "../api/live";
import { candleTopic } from "../api/messages";
import { createStore } from "../api/store";
import type { Candle, Interval } from "../api/types";
import { type Bar, mergeBars, toBars } from "./bars";

const FIRST_PAGE = 500;
const OLDER_PAGE = 1000;
/** The most that one request gives. */
const TAIL_LIMIT = 5000;

interface LiveBars {
  bars: Bar[];
  replay: boolean;
  /** How often the stream said that what was read before may lack something. */
  syncs: number;
}

type LiveAction = { candles: Candle[]; replay?: boolean } | "sync";

const NOTHING: LiveBars = { bars: [], replay: false, syncs: 0 };

/** What came after the history was read. */
export function addLive(state: LiveBars, action: LiveAction): LiveBars {
  if (action === "sync") return { ...state, syncs: state.syncs + 1 };
  const bars = mergeBars(state.bars, toBars(action.candles));
  return { ...state, bars, replay: action.replay ?? state.replay };
}

function useHistory(symbol: string, interval: Interval) {
  return useInfiniteQuery({
    queryKey: ["candles", symbol, interval],
    queryFn: ({ pageParam, signal }) =>
      fetchCandles(
        {
          symbol,
          interval,
          order: "desc",
          limit: pageParam === null ? FIRST_PAGE : OLDER_PAGE,
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    staleTime: Infinity,
    // A chart that was left stops being kept up to date, so it is read anew on return.
    gcTime: 0,
  });
}

/** All known bars of a symbol and interval, ascending, and the way to get older ones. */
export function useCandles(symbol: string, interval: Interval) {
  const queryClient = useQueryClient();
  const history = useHistory(symbol, interval);
  const store = useMemo(
    () => ({ symbol, interval, ...createStore<LiveBars, LiveAction>(NOTHING, addLive) }),
    [symbol, interval],
  );
  useEffect(
    () =>
      stream.subscribe(
        candleTopic(store.symbol, store.interval),
        (message) => {
          if (message.type !== "candle") return;
          store.dispatch({ candles: [message.candle], replay: message.replay });
        },
        () => store.dispatch("sync"),
      ),
    [store],
  );
  const live = useSyncExternalStore(store.subscribe, store.get);

  const pages = history.data?.pages;
  const read = useMemo(() => toBars((pages ?? []).flatMap((page) => page.candles)), [pages]);
  const bars = useMemo(() => (pages ? mergeBars(read, live.bars) : null), [pages, read, live.bars]);
  const restart = useCallback(
    () => queryClient.resetQueries({ queryKey: ["candles", symbol, interval] }),
    [queryClient, symbol, interval],
  );
  const answered = pages !== undefined || history.isError;
  const newest = answered ? (read.at(-1)?.candle.open_time ?? "") : null;
  useTail(store, newest, live.syncs, restart);

  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = history;
  const fetchOlder = useCallback(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  return { bars, replay: live.replay, history, fetchOlder, restart };
}

interface LiveStore {
  symbol: string;
  interval: Interval;
  dispatch: (action: LiveAction) => void;
}

const TAIL_RETRY_MS = 3_000;

/**
 * For every sync of the stream, reads again what came since the last candle known from REST.
 * `newest` is the open time of the history's last candle, "" where it has none, null while it loads.
 */
function useTail(store: LiveStore, newest: string | null, syncs: number, restart: () => unknown) {
  const done = useRef({ store, syncs: 0, until: "" });
  useEffect(() => {
    if (newest === null) return;
    if (done.current.store !== store) done.current = { store, syncs: 0, until: "" };
    const progress = done.current;
    if (progress.syncs === syncs) return;
    progress.syncs = syncs;
    const from = progress.until > newest ? progress.until : newest;
    if (from === "") {
      void restart();
      return;
    }
    const abort = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    const { symbol, interval } = store;
    fetchCandles({ symbol, interval, order: "asc", limit: TAIL_LIMIT, from }, abort.signal)
      .then((page) => {
        // More is missing than one request gives: begin again at the newest.
        if (page.next) return restart();
        progress.until = page.candles.at(-1)?.open_time ?? from;
        return store.dispatch({ candles: page.candles });
      })
      .catch(() => {
        if (abort.signal.aborted) return;
        retry = setTimeout(() => store.dispatch("sync"), TAIL_RETRY_MS);
      });
    return () => {
      abort.abort();
      clearTimeout(retry);
    };
  }, [store, newest, syncs, restart]);
}
