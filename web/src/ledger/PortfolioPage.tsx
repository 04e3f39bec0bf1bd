// All that one has, over accounts and bots, in one currency.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { fetchPortfolio, type Portfolio } from "../api/performance";
import { problemFromThrown } from "../api/problem";
import { Field } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { PageLink } from "../shell/PageLink";
import { navigate, useSearch } from "../shell/route";
import { ErrorPanel } from "../shell/StatePanel";
import { REFRESH_MS } from "../trading/queries";
import { Amount } from "./Amount";
import { CurvePanel } from "./CurvePanel";
import { parseSearch, searchHref } from "./search";
import { Card } from "./Totals";

export function PortfolioPage() {
  const { currency = "" } = parseSearch(useSearch(), ["currency"]);
  const portfolio = useQuery({
    queryKey: ["ledger", "portfolio", currency],
    queryFn: ({ signal }) => fetchPortfolio(currency, signal),
    refetchInterval: REFRESH_MS,
  });
  const { data } = portfolio;
  return (
    <section className="block is-wide" aria-labelledby="portfolio-title">
      <header className="block-head">
        <h2 id="portfolio-title">Portfolio</h2>
        <CurrencyForm key={currency} currency={currency} />
      </header>
      {data === undefined ? (
        portfolio.isError ? (
          <ErrorPanel
            problem={problemFromThrown(portfolio.error)}
            onRetry={() => void portfolio.refetch()}
          />
        ) : (
          <div className="cards" role="status" aria-label="The portfolio is loading">
            <span className="skeleton" />
          </div>
        )
      ) : (
        <Shown portfolio={data} />
      )}
    </section>
  );
}

function CurrencyForm({ currency }: { currency: string }) {
  const [value, setValue] = useState(currency);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    navigate(searchHref("/portfolio", { currency: value.trim() }));
  };
  return (
    <form className="currency-form" aria-label="Currency" onSubmit={submit}>
      <Field
        label="Counted in"
        placeholder="USDT"
        autoCapitalize="characters"
        autoComplete="off"
        spellCheck={false}
        maxLength={32}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <button type="submit" className="button">
        Count
      </button>
    </form>
  );
}

function Shown({ portfolio }: { portfolio: Portfolio }) {
  const { currency, equity, unrealised_pnl, pnl_today, unpriced } = portfolio;
  return (
    <>
      <dl className="cards">
        <Card label="Equity">
          <Amount value={equity} unit={currency} places={2} />
        </Card>
        <Card label="Today, since midnight UTC">
          <Amount value={pnl_today} unit={currency} places={2} signed />
        </Card>
        <Card label="Open positions would win">
          <Amount value={unrealised_pnl} unit={currency} places={2} signed />
        </Card>
      </dl>
      {unpriced.length > 0 && (
        <p className="notice" role="status">
          Not in these sums, for no stored price says what it is worth in {currency}:{" "}
          {unpriced.join(", ")}.
        </p>
      )}
      <CurvePanel of={{ currency }} label="Equity of all accounts" />
      <h3>Assets</h3>
      <Assets portfolio={portfolio} />
      <h3>Accounts</h3>
      <Accounts portfolio={portfolio} />
      <h3>Bots</h3>
      <Bots portfolio={portfolio} />
      <h3>Exposure</h3>
      <ExposureTable portfolio={portfolio} />
    </>
  );
}

/** For tables of what is there already. */
const read = (data: unknown) => ({ isPending: false, error: null, data, refetch: () => null });

function Accounts({ portfolio: { accounts, currency } }: { portfolio: Portfolio }) {
  return (
    <Listing
      query={read(accounts)}
      label="Accounts"
      columns={["Account", "Equity", "Today", "Open"]}
      empty="There is no account yet."
    >
      {accounts.map((each) => (
        <tr key={each.account}>
          <th scope="row">
            <PageLink to={searchHref("/trades", { account: each.account })} className="row-link">
              {each.name}
            </PageLink>
          </th>
          <td data-label="Equity">
            <Amount value={each.equity} unit={currency} places={2} />
          </td>
          <td data-label="Today">
            <Amount value={each.pnl_today} places={2} signed />
          </td>
          <td data-label="Open">
            <Amount value={each.unrealised_pnl} places={2} signed />
          </td>
        </tr>
      ))}
    </Listing>
  );
}

function Bots({ portfolio: { bots, currency } }: { portfolio: Portfolio }) {
  return (
    <Listing
      query={read(bots)}
      label="Bots"
      columns={["Bot", "Realised", "Today", "Open", "Positions"]}
      empty="No bot has traded yet."
    >
      {bots.map((each) => (
        <tr key={each.bot}>
          <th scope="row">
            <PageLink to={`/bots/${each.bot}`} className="row-link">
              {each.name}
            </PageLink>
          </th>
          <td data-label="Realised">
            <Amount value={each.realised_pnl} unit={currency} places={2} signed />
          </td>
          <td data-label="Today">
            <Amount value={each.pnl_today} places={2} signed />
          </td>
          <td data-label="Open">
            <Amount value={each.unrealised_pnl} places={2} signed />
          </td>
          <td data-label="Positions">{each.open_positions}</td>
        </tr>
      ))}
    </Listing>
  );
}

function Assets({ portfolio: { assets, currency } }: { portfolio: Portfolio }) {
  return (
    <Listing
      query={read(assets)}
      label="Assets"
      columns={["Asset", "Free", "Held for orders", "Price", `Value, ${currency}`]}
      empty="There is nothing on any account. Record a deposit first."
    >
      {assets.map(({ asset, cash, held, price, price_time, value }) => (
        <tr key={asset}>
          <th scope="row">
            <span>{asset}</span>
          </th>
          <td data-label="Free">
            <Amount value={cash} />
          </td>
          <td data-label="Held for orders">
            <Amount value={held} />
          </td>
          <td data-label="Price">
            <Amount value={price} />
            {price_time !== null && (
              <small>
                <When time={price_time} />
              </small>
            )}
          </td>
          <td data-label="Value">
            {value === null ? "no price" : <Amount value={value} places={2} />}
          </td>
        </tr>
      ))}
    </Listing>
  );
}

function ExposureTable({ portfolio: { exposure, currency } }: { portfolio: Portfolio }) {
  return (
    <Listing
      query={read(exposure)}
      label="Exposure"
      columns={["Symbol", "Quantity, long less short", `Value, ${currency}`, "Open"]}
      empty="No position is open."
    >
      {exposure.map(({ symbol, quantity, value, unrealised_pnl }) => (
        <tr key={symbol}>
          <th scope="row">
            <PageLink to={searchHref("/", { symbol })} className="row-link">
              {symbol}
            </PageLink>
          </th>
          <td data-label="Quantity">
            <Amount value={quantity} />
          </td>
          <td data-label="Value">
            {value === null ? "no price" : <Amount value={value} places={2} />}
          </td>
          <td data-label="Open">
            <Amount value={unrealised_pnl} places={2} signed />
          </td>
        </tr>
      ))}
    </Listing>
  );
}
