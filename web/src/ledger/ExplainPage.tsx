// Of what a profit is made: a position's, or that of a time, down to each fill, fee and funding.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";

import { explainPeriod, explainPosition, type Explanation } from "../api/performance";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { PageLink } from "../shell/PageLink";
import { navigate, useSearch } from "../shell/route";
import { Amount } from "./Amount";
import { addsUp, PERIOD, type SummedLine, sumUp } from "./explain";
import { parseSearch, type Search, searchHref } from "./search";
import { SearchFields } from "./SearchFields";

const NAMES = ["position", ...PERIOD] as const;
const DIGITS = 18;

export function ExplainPage() {
  const search = useSearch();
  const wanted = useMemo(() => parseSearch(search, NAMES), [search]);
  const { position, ...period } = wanted;
  const explained = useQuery({
    queryKey: ["ledger", "explain", wanted],
    queryFn: ({ signal }) =>
      position === undefined ? explainPeriod(period, signal) : explainPosition(position, signal),
  });
  const summed = useMemo(() => sumUp(explained.data?.lines ?? []), [explained.data]);
  return (
    <section className="block is-wide" aria-labelledby="explain-title">
      <h2 id="explain-title">Explain</h2>
      {position === undefined ? (
        <>
          <p className="is-muted">
            What was realised in a time, line by line. Without a beginning it is the last day.
          </p>
          <PeriodForm key={search} wanted={wanted} />
        </>
      ) : (
        <p className="is-muted">
          One trade from flat to flat, line by line. <PageLink to="/trades">All trades</PageLink>
        </p>
      )}
      {explained.data && <ExplainTotals of={explained.data} />}
      <Listing
        query={explained}
        label="Lines"
        columns={["When", "What", "Quantity", "Price", "Fee or funding", "Adds", "Sum so far"]}
        empty="Nothing was realised, paid or received."
      >
        {summed.map((each, at) => (
          <LineRow key={at} of={each} bare={position !== undefined} />
        ))}
      </Listing>
    </section>
  );
}

function PeriodForm({ wanted }: { wanted: Search }) {
  const [search, setSearch] = useState(wanted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    navigate(searchHref("/explain", search));
  };
  return (
    <form className="search-form" role="search" aria-label="Explain" onSubmit={submit}>
      <SearchFields search={search} onSearch={setSearch} />
      <div className="buttons">
        <button type="submit" className="button is-main">
          Explain
        </button>
        <button type="button" className="button" onClick={() => navigate("/explain")}>
          The last day
        </button>
      </div>
    </form>
  );
}

/** gross − fees + funding = total, for each quote. */
function ExplainTotals({ of: { totals, lines } }: { of: Explanation }) {
  return totals.map(({ quote, gross_pnl, commission, funding, total }) => (
    <div key={quote} className="equation" role="group" aria-label={`Profit in ${quote}`}>
      <Term label="From fills" value={gross_pnl} />
      <span aria-label="minus">−</span>
      <Term label="Fees" value={commission} />
      <span aria-label="plus">+</span>
      <Term label="Funding" value={funding} />
      <span aria-label="is">=</span>
      <span className="term is-total">
        <small>Profit</small>
        <Amount value={total} unit={quote} most={DIGITS} signed />
      </span>
      {addsUp(lines, quote, total) ? (
        <span className="tag is-good">adds up to the last digit</span>
      ) : (
        <span className="tag is-bad" role="alert">
          the lines don’t add up to this
        </span>
      )}
    </div>
  ));
}

function Term({ label, value }: { label: string; value: string }) {
  return (
    <span className="term">
      <small>{label}</small>
      <Amount value={value} most={DIGITS} />
    </span>
  );
}

function LineRow({ of: { line, soFar }, bare }: { of: SummedLine; bare: boolean }) {
  const kind = line.kind === "fill" ? (line.leg ?? "fill") : line.kind;
  return (
    <tr>
      <th scope="row">
        <When time={line.time} />
        <small title={`Recorded ${line.recorded_at}`}>event {line.event}</small>
      </th>
      <td data-label="What">
        {kind}
        <small>
          {!bare && `${line.symbol} `}
          {line.order !== null && <PageLink to={`/orders/${line.order}`}>order</PageLink>}
          {line.venue_trade_id !== null && ` · trade ${line.venue_trade_id}`}
        </small>
      </td>
      <td data-label="Quantity">
        {line.quantity === null ? "" : <Amount value={line.quantity} most={DIGITS} />}
      </td>
      <td data-label="Price">
        {line.price === null ? "" : <Amount value={line.price} most={DIGITS} />}
      </td>
      <td data-label="Fee or funding">
        {line.amount === null ? (
          ""
        ) : (
          <Amount value={line.amount} unit={line.asset ?? undefined} most={DIGITS} />
        )}
      </td>
      <td data-label="Adds">
        {line.profit === null ? (
          <span className="is-faint" title="A fee in another asset is not in the profit.">
            nothing
          </span>
        ) : (
          <Amount value={line.profit} unit={line.quote} most={DIGITS} signed />
        )}
      </td>
      <td data-label="Sum so far">
        {soFar === null ? "" : <Amount value={soFar} most={DIGITS} />}
      </td>
    </tr>
  );
}
