// What was taken in of freqtrade's records: each file, and how to take in another.
import { useInfiniteQuery } from "@tanstack/react-query";

import type { Me } from "../api/accounts";
import { fetchImports, type Import } from "../api/imports";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { CopyText } from "../shell/CopyText";
import { PageLink } from "../shell/PageLink";
import { useNames } from "../trading/queries";
import { sourceText, together } from "./imported";
import { More } from "./More";

export function ImportsPage({ me }: { me: Me }) {
  const found = useInfiniteQuery({
    queryKey: ["ledger", "imports"],
    queryFn: ({ pageParam, signal }) => fetchImports(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
  const imports = found.data?.pages.flatMap((page) => page.imports);
  return (
    <section className="block is-wide" aria-labelledby="imports-title">
      <h2 id="imports-title">Imports</h2>
      <p className="is-muted">
        Databases and result files of freqtrade that were taken in, and what became of each of their
        rows.
      </p>
      <Listing
        query={found}
        label="Imports"
        columns={["File", "Ended", "Into", "Rows", "Written", "Known", "Differ", "Not taken", "Is"]}
        empty="Nothing was taken in yet. The command below does it."
      >
        {imports?.map((each) => (
          <ImportRow key={each.id} of={each} />
        ))}
      </Listing>
      <More query={found}>Older imports</More>
      <h3>Take in a file</h3>
      <p className="is-muted">
        On the machine where Chandlery runs; the file stays there. <code>--account</code> and{" "}
        <code>--bot</code> are names, and with <code>--create</code> made where they aren’t there.
        Again is harmless: what is in the books already changes nothing.
      </p>
      <CopyText
        label="Command"
        value={`chandlery import trades --user ${me.user.email ?? "EMAIL"} --account binance --bot ichi --create tradesv3.sqlite`}
      />
    </section>
  );
}

function ImportRow({ of: each }: { of: Import }) {
  const names = useNames();
  const { rows, imported, known, differs, skipped } = together(each.counts);
  return (
    <tr>
      <th scope="row">
        <PageLink to={`/imports/${each.id}`} className="row-link">
          {each.file}
        </PageLink>
        <small>{sourceText(each.source)}</small>
      </th>
      <td data-label="Ended">
        <When time={each.ended_at} />
      </td>
      <td data-label="Into">
        {names.get(each.account) ?? each.account}
        <small>{each.bot === null ? "no bot" : (names.get(each.bot) ?? each.bot)}</small>
      </td>
      <td data-label="Rows">{rows}</td>
      <td data-label="Written">{imported}</td>
      <td data-label="Known">{known}</td>
      <td data-label="Differ">{differs}</td>
      <td data-label="Not taken">{skipped > 0 ? <span className="is-down">{skipped}</span> : 0}</td>
      <td data-label="Is">
        <span>
          <Reconciled is={each.reconciled} />
        </span>
      </td>
    </tr>
  );
}

/** Whether every row of trading is in the books, and every difference has a known cause. */
export function Reconciled({ is }: { is: boolean }) {
  return is ? (
    <span className="tag is-good">reconciled</span>
  ) : (
    <span className="tag is-bad">not reconciled</span>
  );
}
