// What closed trades came to: the money of it, and the figures that are looked at first. All of the
// metrics stand behind, each under the name of the program whose definition it follows.
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { Performance, PerformanceGroup } from "../api/performance";
import { problemFromThrown } from "../api/problem";
import { formatDecimal } from "../market/decimal";
import { PageLink } from "../shell/PageLink";
import { Amount, Percent } from "./Amount";

interface TotalsProps {
  query: UseQueryResult<Performance>;
  title: string;
  explainHref?: string | undefined;
}

export function Totals({ query, title, explainHref }: TotalsProps) {
  const { data } = query;
  if (data === undefined) {
    return query.isError ? (
      <p className="notice is-error" role="alert">
        Totals: {problemFromThrown(query.error).title}.
      </p>
    ) : (
      <div className="cards" role="status" aria-label="Totals are loading">
        <span className="skeleton" />
      </div>
    );
  }
  const group = data.groups[0];
  return (
    <section className="totals" aria-label={title}>
      <h3>{title}</h3>
      {group === undefined || group.trades === 0 ? (
        <p className="listing-empty">None yet.</p>
      ) : (
        <GroupCards group={group} currency={data.currency} />
      )}
      <Unconverted of={data} />
      {group !== undefined && group.trades > 0 && (
        <div className="totals-more">
          <AllMetrics group={group} />
          {explainHref !== undefined && <PageLink to={explainHref}>Down to each fill</PageLink>}
        </div>
      )}
    </section>
  );
}

function GroupCards({ group, currency }: { group: PerformanceGroup; currency: string }) {
  const metric = (name: string) => group.metrics.freqtrade[name] ?? null;
  return (
    <dl className="cards">
      <Card label="Net profit">
        <Amount value={group.net_pnl} unit={currency} places={2} signed />
      </Card>
      <Card label="Gross">
        <Amount value={group.gross_pnl} places={2} signed />
      </Card>
      <Card label="Fees">
        <Amount value={group.commission} places={2} />
      </Card>
      <Card label="Funding">
        <Amount value={group.funding} places={2} />
      </Card>
      <Card label="Trades" note={`${group.wins} won, ${group.losses} lost, ${group.draws} even`}>
        {formatDecimal(String(group.trades))}
      </Card>
      <Card label="Won">
        <Percent value={group.win_rate} />
      </Card>
      <Card label="Profit factor">{figure(metric("profit_factor_freqtrade"))}</Card>
      <Card label="Sharpe, freqtrade’s">{figure(metric("sharpe_freqtrade"))}</Card>
      <Card label="Deepest drawdown">
        <Percent value={metric("max_drawdown_account_freqtrade")} />
      </Card>
    </dl>
  );
}

interface CardProps {
  label: string;
  note?: string;
  children: ReactNode;
}

export function Card({ label, note, children }: CardProps) {
  return (
    <div className="card-figure" title={note}>
      <dt>{label}</dt>
      <dd>
        {children}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

/** A metric, which is a double anyway, with four digits behind the point at the most. */
export function figure(value: number | null): string {
  if (value === null) return "–";
  return formatDecimal(String(Number(value.toFixed(4))));
}

function AllMetrics({ group }: { group: PerformanceGroup }) {
  const programs = Object.entries(group.metrics).filter(([, all]) => Object.keys(all).length > 0);
  if (programs.length === 0) return null;
  return (
    <details className="metrics">
      <summary>All metrics</summary>
      {programs.map(([program, all]) => (
        <section key={program}>
          <h4>As {program} defines them</h4>
          <dl>
            {Object.entries(all).map(([name, value]) => (
              <div key={name}>
                <dt>{name.replace(`_${program}`, "").replaceAll("_", " ")}</dt>
                <dd>{figure(value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </details>
  );
}

function Unconverted({ of: { unconverted, currency } }: { of: Performance }) {
  if (unconverted.length === 0) return null;
  return (
    <p className="notice">
      Not in these sums, for no stored price says what it was worth in {currency}:{" "}
      {unconverted.map(({ symbol, trades, net_pnl, quote }, at) => (
        <span key={`${symbol} ${quote}`}>
          {at > 0 && ", "}
          {trades} of {symbol} (<Amount value={net_pnl} unit={quote} signed />)
        </span>
      ))}
    </p>
  );
}
