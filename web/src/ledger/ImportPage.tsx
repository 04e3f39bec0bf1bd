// One import: what was read of the file, what became of it, and where its profits are other than
// those of the books.
import { useQuery } from "@tanstack/react-query";

import { fetchImport, type Import, type Report } from "../api/imports";
import { problemFromThrown } from "../api/problem";
import { useTitle } from "../auth/title";
import { When } from "../auth/When";
import { PageLink } from "../shell/PageLink";
import { ErrorPanel } from "../shell/StatePanel";
import { useNames } from "../trading/queries";
import { Amount } from "./Amount";
import { sourceText } from "./imported";
import { ImportRows, ImportTrades } from "./ImportTables";
import { Reconciled } from "./ImportsPage";
import { searchHref } from "./search";

export function ImportPage({ id }: { id: string }) {
  const found = useQuery({
    queryKey: ["ledger", "import", id],
    queryFn: ({ signal }) => fetchImport(id, signal),
    // It never changes.
    staleTime: Infinity,
  });
  useTitle(found.data?.about.file ?? "Import");
  if (found.data === undefined) {
    if (!found.isError) return <p role="status">The import is being read…</p>;
    const problem = problemFromThrown(found.error);
    return <ErrorPanel problem={problem} onRetry={() => void found.refetch()} />;
  }
  const { about, report } = found.data;
  return (
    <section className="block is-wide" aria-labelledby="import-title">
      <h2 id="import-title">
        {about.file} <Reconciled is={about.reconciled} />
      </h2>
      <p className="is-muted">
        {about.reconciled
          ? "Every row of trading is in the books, and every difference has a known cause."
          : "A row of trading is not in the books, or a difference has no known cause."}
      </p>
      <Facts about={about} />
      <Tables tables={report.tables} />
      <Totals totals={report.totals} />
      <ImportTrades trades={report.trades} />
      <ImportRows rows={report.rows} />
    </section>
  );
}

function Facts({ about }: { about: Import }) {
  const names = useNames();
  const { account, bot, source, digest } = about;
  return (
    <dl className="facts">
      <dt>From</dt>
      <dd>{sourceText(source)}</dd>
      <dt>Into</dt>
      <dd>
        <PageLink to={`/accounts/${account}`}>{names.get(account) ?? account}</PageLink>
        {bot !== null && (
          <>
            , <PageLink to={`/bots/${bot}`}>{names.get(bot) ?? bot}</PageLink>
          </>
        )}
      </dd>
      <dt>Its books</dt>
      <dd>
        <PageLink to={searchHref("/orders", bot === null ? { account } : { bot })}>orders</PageLink>
        ,{" "}
        <PageLink to={searchHref("/trades", bot === null ? { account } : { bot })}>trades</PageLink>
      </dd>
      <dt>Began</dt>
      <dd>
        <When time={about.began_at} />
      </dd>
      <dt>Ended</dt>
      <dd>
        <When time={about.ended_at} />
      </dd>
      <dt>BLAKE3 of it</dt>
      <dd>
        <code>{digest}</code>
      </dd>
    </dl>
  );
}

function Tables({ tables }: { tables: Report["tables"] }) {
  return (
    <>
      <h3>What was read</h3>
      <table className="listing" aria-label="What was read">
        <thead>
          <tr>
            {["Table", "Rows", "Written", "Known", "Differ", "Not taken", "Why"].map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(tables).map(([name, counts]) => (
            <tr key={name}>
              <th scope="row">
                <span>{name}</span>
              </th>
              <td data-label="Rows">{counts.rows}</td>
              <td data-label="Written">{counts.imported}</td>
              <td data-label="Known">{counts.known}</td>
              <td data-label="Differ">{counts.differs}</td>
              <td data-label="Not taken">{counts.skipped}</td>
              <td data-label="Why">{counts.reason && `It ${counts.reason}.`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Totals({ totals }: { totals: Report["totals"] }) {
  const all = Object.entries(totals);
  if (all.length === 0) return null;
  return (
    <>
      <h3>Profit of closed trades</h3>
      <table className="listing" aria-label="Profit of closed trades">
        <thead>
          <tr>
            {["In", "Closed", "Open", "Profit here", "In the file", "Difference"].map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map(([asset, total]) => (
            <tr key={asset}>
              <th scope="row">
                <span>{asset}</span>
              </th>
              <td data-label="Closed">{total.closed}</td>
              <td data-label="Open">{total.open}</td>
              <td data-label="Profit here">
                <Amount value={total.profit_here} signed />
              </td>
              <td data-label="In the file">
                <Amount value={total.profit_told} signed />
              </td>
              <td data-label="Difference">
                <Amount value={total.difference} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
