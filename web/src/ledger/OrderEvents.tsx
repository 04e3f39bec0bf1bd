// All that happened to an order, as it was recorded, the oldest first.
import { useInfiniteQuery } from "@tanstack/react-query";

import { fetchOrderEvents, type Order, type OrderEvent } from "../api/ledger";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { toMs } from "../market/time";
import { Json } from "../trading/Json";
import { after, detailOf } from "./event";
import { More } from "./More";
import { words } from "./order";

export function OrderEvents({ order }: { order: Order }) {
  const found = useInfiniteQuery({
    // Another version has another event.
    queryKey: ["ledger", "events", order.id, order.version],
    queryFn: ({ pageParam, signal }) => fetchOrderEvents(order.id, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  });
  const events = found.data?.pages.flatMap((page) => page.events);
  return (
    <>
      <h3>What happened</h3>
      <Listing
        query={found}
        label="Events"
        columns={["Event", "What it says", "Recorded", "Whole"]}
      >
        {events?.map((event) => (
          <EventRow key={event.version} event={event} placedMs={toMs(order.placed_at)} />
        ))}
      </Listing>
      <More query={found}>Later events</More>
    </>
  );
}

function EventRow({ event, placedMs }: { event: OrderEvent; placedMs: number }) {
  const { version, kind, recorded_at, body, hash } = event;
  return (
    <tr>
      <th scope="row">
        <span>
          <span className="is-faint">{version}</span> {words(kind)}
        </span>
      </th>
      <td data-label="What it says">{detailOf(kind, body) || "–"}</td>
      <td data-label="Recorded">
        <When time={recorded_at} />
        <small>{after(placedMs, toMs(recorded_at))}</small>
      </td>
      <td data-label="Whole">
        <Json label="As it is kept" value={{ ...body, hash }} />
      </td>
    </tr>
  );
}
