// Positions that are open, marked to the latest price.
import type { Position } from "../api/ledger";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { PageLink } from "../shell/PageLink";
import { Amount, Percent } from "./Amount";
import { Side } from "./OrdersPage";
import { useOpenPositions, useQuoteOf } from "./queries";
import { searchHref } from "./search";

/** A price of before this is called old. */
const OLD_S = 300;

export function OpenPositions({ of }: { of: { bot?: string; account?: string } }) {
  const found = useOpenPositions(of);
  return (
    <Listing
      query={found}
      label="Open positions"
      columns={["Position", "Quantity", "Entry", "Latest price", "Would win", "Realised", ""]}
      empty="No position is open."
    >
      {found.data?.positions.map((position) => (
        <PositionRow key={position.id} position={position} />
      ))}
    </Listing>
  );
}

function PositionRow({ position }: { position: Position }) {
  const quote = useQuoteOf()(position.symbol);
  return (
    <tr>
      <th scope="row">
        <PageLink to={searchHref("/", { symbol: position.symbol })} className="row-link">
          {position.symbol}
        </PageLink>
        <small>
          <Side side={position.direction} />
          {position.mode === "margin" && " · margin"} · since <When time={position.opened_at} />
        </small>
      </th>
      <td data-label="Quantity">
        <Amount value={position.quantity} />
      </td>
      <td data-label="Entry">
        <Amount value={position.avg_price} />
      </td>
      <td data-label="Latest price">
        <Mark position={position} />
      </td>
      <td data-label="Would win">
        <Amount value={position.unrealised_pnl} unit={quote} places={2} signed />
        {position.unrealised_ratio !== null && (
          <small>
            <Percent value={position.unrealised_ratio} signed />
          </small>
        )}
      </td>
      <td data-label="Realised">
        <Amount value={position.realized_pnl} places={2} signed />
      </td>
      <td className="row-action">
        <PageLink
          to={searchHref("/explain", { position: position.id })}
          className="button is-small"
        >
          Explain
        </PageLink>
      </td>
    </tr>
  );
}

function Mark({ position: { mark_price, mark_age_s, mark_missing } }: { position: Position }) {
  if (mark_price === null) {
    return <span className="is-faint">{mark_missing ?? "no price"}</span>;
  }
  const old = mark_age_s !== null && mark_age_s > OLD_S;
  return (
    <>
      <Amount value={mark_price} />
      {old && <small>{age(mark_age_s)} old</small>}
    </>
  );
}

/** `7 min`, `3 h`, `12 d`. */
function age(seconds: number): string {
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
