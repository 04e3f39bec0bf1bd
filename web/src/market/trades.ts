// The last trades of a symbol: read once, then kept going by the stream.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import { fetchLastTicks } from "../api/client";
import { stream } from "../api/live";
import { tickTopic } from "../api/messages";
import { createStore } from "../api/store";
import type { Tick } from "../api/types";
import { toMs } from "./time";

/** How many trades the tape shows. */
export const TAPE_LENGTH = 30;

const sameTrade = (a: Tick, b: Tick) =>
  a.trade_id !== null && a.trade_id !== undefined && a.trade_id === b.trade_id && a.kind === b.kind;

/**
 * The tape with one more trade, newest first. A trade that is there already is dropped; one that
 * comes late goes to its place, after those of the same time.
 */
export function addTick(tape: Tick[], tick: Tick): Tick[] {
  if (tape.some((other) => sameTrade(other, tick))) return tape;
  const time = toMs(tick.time);
  const at = tape.findIndex((other) => toMs(other.time) <= time);
  if (at < 0 && tape.length >= TAPE_LENGTH) return tape;
  const index = at < 0 ? tape.length : at;
  return [...tape.slice(0, index), tick, ...tape.slice(index)].slice(0, TAPE_LENGTH);
}

/**
 * Trades read over REST with those of the stream, both newest first. A trade without an id can't be
 * recognised, so the stream's count only from after the newest that was read.
 */
export function joinTapes(read: Tick[], live: Tick[]): Tick[] {
  const newest = read[0] === undefined ? -Infinity : toMs(read[0].time);
  return live
    .filter((tick) => Boolean(tick.trade_id) || toMs(tick.time) > newest)
    .toReversed()
    .reduce(addTick, read.slice(0, TAPE_LENGTH));
}

/** The last trades of `symbol`, newest first. */
export function useTape(symbol: string) {
  const queryClient = useQueryClient();
  const query = useQuery({
    queryKey: ["ticks", symbol],
    queryFn: ({ signal }) => fetchLastTicks(symbol, TAPE_LENGTH, signal),
    staleTime: Infinity,
    gcTime: 0,
  });
  // A store for each symbol: what the last one streamed must not show up under the next.
  const store = useMemo(
    () => ({
      symbol,
      ...createStore<{ ticks: Tick[]; replay: boolean }, StreamedTick>(EMPTY, add),
    }),
    [symbol],
  );
  useEffect(
    () =>
      stream.subscribe(
        tickTopic(store.symbol),
        (message) => {
          if (message.type === "tick") store.dispatch(message);
        },
        () => void queryClient.invalidateQueries({ queryKey: ["ticks", store.symbol] }),
      ),
    [store, queryClient],
  );
  const live = useSyncExternalStore(store.subscribe, store.get);
  const read = query.data?.ticks;
  const ticks = useMemo(() => joinTapes(read ?? [], live.ticks), [read, live]);
  return { ticks, replay: live.replay, query };
}

interface StreamedTick {
  tick: Tick;
  replay: boolean;
}

const EMPTY = { ticks: [], replay: false };

function add(state: { ticks: Tick[]; replay: boolean }, { tick, replay }: StreamedTick) {
  return { ticks: addTick(state.ticks, tick), replay };
}
