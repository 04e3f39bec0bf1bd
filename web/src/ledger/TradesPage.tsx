// Round trips: searched, paged, with what those of the search came to, and as a file.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";

import { fetchAllTrades, type RoundTrip } from "../api/ledger";
import { fetchPerformance } from "../api/performance";
import { CsvButton } from "../auth/CsvButton";
import { Field, SelectField } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { PageLink } from "../shell/PageLink";
import { navigate, useSearch } from "../shell/route";
import { REFRESH_MS, useNames } from "../trading/queries";
import { Amount, Percent } from "./Amount";
import { toCsv } from "./csv";
import { PERIOD } from "./explain";
import { More } from "./More";
import { Side } from "./OrdersPage";
import { useQuoteOf, useTrades } from "./queries";
import { parseSearch, type Search, searchHref } from "./search";
import { SearchFields } from "./SearchFields";
import { Totals } from "./Totals";

const NAMES = [
  "account",
  "bot",
  "symbol",
  "status",
  "direction",
  "result",
  "strategy",
  "entry_logic",
  "exit_logic",
  "exit_reason",
  "interval",
  "from",
  "to",
] as const;

/** What is looked for by the words that a bot has told. */
const WORDS = [
  ["strategy", "Strategy"],
  ["entry_logic", "Entry rule"],
  ["exit_logic", "Exit rule"],
  ["exit_reason", "Exit reason"],
  ["interval", "Interval"],
] as const;

export function TradesPage() {
  const search = useSearch();
  const wanted = useMemo(() => parseSearch(search, NAMES), [search]);
  const found = useTrades(wanted);
  const trades = found.data?.pages.flatMap((page) => page.trades);
  return (
    <section className="block is-wide" aria-labelledby="trades-title">
      <h2 id="trades-title">Trades</h2>
      <TradeSearch key={search} wanted={wanted} />
      {wanted.status !== "open" && <SearchTotals wanted={wanted} />}
      <Listing
        query={found}
        label="Trades"
        columns={TRADE_COLUMNS}
        empty={
          Object.keys(wanted).length === 0 ? "There is no trade yet." : "No trade fits this search."
        }
      >
        {trades?.map((trade) => (
          <TradeRow key={trade.id} trade={trade} />
        ))}
      </Listing>
      <More query={found}>Older trades</More>
    </section>
  );
}

/** What the closed trades of a search came to. */
function SearchTotals({ wanted }: { wanted: Search }) {
  const query = Object.fromEntries(Object.entries(wanted).filter(([name]) => name !== "status"));
  const figures = useQuery({
    queryKey: ["ledger", "performance", query],
    queryFn: ({ signal }) => fetchPerformance(query, signal),
    refetchInterval: 5 * REFRESH_MS,
  });
  // An explanation is of all that happened in a time, whichever way it went.
  const explained = Object.keys(query).every((name) => PERIOD.some((each) => each === name));
  const period = query.from !== undefined || query.to !== undefined;
  return (
    <Totals
      query={figures}
      title={period ? "Closed in this time" : "Closed trades"}
      explainHref={explained ? searchHref("/explain", query) : undefined}
    />
  );
}

function TradeSearch({ wanted }: { wanted: Search }) {
  const [search, setSearch] = useState(wanted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    navigate(searchHref("/trades", search));
  };
  return (
    <form className="search-form" role="search" aria-label="Trades" onSubmit={submit}>
      <SearchFields search={search} onSearch={setSearch}>
        <SelectField
          label="Status"
          value={search.status ?? ""}
          onValue={(status) => setSearch({ ...search, status })}
        >
          <option value="">Any</option>
          <option value="open">open</option>
          <option value="closed">closed</option>
        </SelectField>
        <SelectField
          label="Direction"
          value={search.direction ?? ""}
          onValue={(direction) => setSearch({ ...search, direction })}
        >
          <option value="">Any</option>
          <option value="long">long</option>
          <option value="short">short</option>
        </SelectField>
        <SelectField
          label="Result"
          value={search.result ?? ""}
          onValue={(result) => setSearch({ ...search, result })}
        >
          <option value="">Any</option>
          <option value="profit">profit</option>
          <option value="loss">loss</option>
        </SelectField>
        {WORDS.map(([name, label]) => (
          <Field
            key={name}
            label={label}
            placeholder="Any"
            autoComplete="off"
            spellCheck={false}
            value={search[name] ?? ""}
            onChange={(event) => setSearch({ ...search, [name]: event.target.value })}
          />
        ))}
      </SearchFields>
      <div className="buttons">
        <button type="submit" className="button is-main">
          Search
        </button>
        <button type="button" className="button" onClick={() => navigate("/trades")}>
          All
        </button>
        <CsvButton name="trades" read={async () => toCsv(await fetchAllTrades(wanted))} />
      </div>
    </form>
  );
}

export const TRADE_COLUMNS = [
  "Trade",
  "Entry",
  "Exit",
  "Size",
  "Gross",
  "Fees",
  "Funding",
  "Net",
  "Why",
  "",
];

export function TradeRow({ trade }: { trade: RoundTrip }) {
  const names = useNames();
  const quote = useQuoteOf()(trade.symbol);
  const why = [trade.strategy, trade.entry_logic, trade.exit_logic].filter(Boolean).join(" · ");
  return (
    <tr>
      <th scope="row">
        <span>{trade.symbol}</span>
        <small>
          <Side side={trade.direction} /> · {names.get(trade.bot ?? trade.account) ?? "–"}
        </small>
      </th>
      <td data-label="Entry">
        <Amount value={trade.entry_price} />
        <small>
          <When time={trade.entry_time} />
        </small>
      </td>
      <td data-label="Exit">
        {trade.status === "open" ? "open" : <Amount value={trade.exit_price} />}
        {trade.exit_time !== null && (
          <small>
            <When time={trade.exit_time} />
          </small>
        )}
      </td>
      <td data-label="Size">
        <Amount value={trade.size} />
      </td>
      <td data-label="Gross">
        <Amount value={trade.gross_pnl} places={2} signed />
      </td>
      <td data-label="Fees">
        <Amount value={trade.commission} places={2} />
        {otherFees(trade).map(([asset, amount]) => (
          <small key={asset}>
            <Amount value={amount} unit={asset} />
          </small>
        ))}
      </td>
      <td data-label="Funding">
        <Amount value={trade.funding} places={2} />
      </td>
      <td data-label="Net">
        <Amount value={trade.net_pnl} places={2} unit={quote} signed />
        <small>
          <Percent value={trade.pnl_ratio} signed />
        </small>
      </td>
      <td data-label="Why">
        {trade.exit_reason ?? "–"}
        {why !== "" && <small>{why}</small>}
      </td>
      <td className="row-action">
        <PageLink to={searchHref("/explain", { position: trade.id })} className="button is-small">
          Explain
        </PageLink>
      </td>
    </tr>
  );
}

/** Fees in other assets than base and quote, by asset. */
function otherFees({ other_fees }: RoundTrip): [string, string][] {
  return Object.entries(other_fees as Record<string, unknown>).map(([asset, amount]) => [
    asset,
    String(amount),
  ]);
}
