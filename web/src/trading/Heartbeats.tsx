// What a bot told of itself, newest first, its errors marked.
import { useInfiniteQuery } from "@tanstack/react-query";

import { fetchHeartbeats, type Heartbeat } from "../api/trading";
import { Listing } from "../auth/Listing";
import { formatDecimal } from "../market/decimal";
import { More } from "../ledger/More";
import { AgoTime } from "./AgoTime";
import { useRefreshMs } from "./live";

export function Heartbeats({ bot }: { bot: string }) {
  const refreshMs = useRefreshMs();
  const found = useInfiniteQuery({
    queryKey: ["trading", "heartbeats", bot],
    queryFn: ({ pageParam, signal }) => fetchHeartbeats(bot, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : refreshMs),
  });
  const beats = found.data?.pages.flatMap((page) => page.heartbeats);
  return (
    <>
      <h3>Heartbeats</h3>
      <Listing
        query={found}
        label="Heartbeats"
        columns={["When", "What it said", "Balance"]}
        empty="It has not been heard of yet."
      >
        {beats?.map((beat, at) => (
          <Beat key={`${beat.at} ${at}`} beat={beat} />
        ))}
      </Listing>
      <More query={found}>Older heartbeats</More>
    </>
  );
}

function Beat({ beat: { at, message, error, balance } }: { beat: Heartbeat }) {
  return (
    <tr>
      <th scope="row">
        <AgoTime time={at} />
      </th>
      <td data-label="What it said">
        {error !== null && (
          <span>
            <span className="tag is-bad">error</span> {error}
          </span>
        )}
        {message !== null && <span>{message}</span>}
        {error === null && message === null && <span className="is-faint">it is there</span>}
      </td>
      <td data-label="Balance">{balance === null ? "–" : formatDecimal(balance)}</td>
    </tr>
  );
}
