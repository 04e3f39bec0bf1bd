// The record of what was done: searched, paged, each entry with what was before and after.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { type AuditEntry, fetchAudit } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { useSearch } from "../shell/route";
import { agentName } from "./agent";
import { differences, parseSearch } from "./audit";
import { AuditSearchForm } from "./AuditSearchForm";
import { FormProblem } from "./form";
import { Listing } from "./Listing";
import { useUsers, userName } from "./UsersPage";
import { When } from "./When";

export function AuditPage() {
  const search = useSearch();
  const wanted = useMemo(() => parseSearch(search), [search]);
  const users = useUsers();
  const names = useMemo(
    () => new Map(users.data?.map((user) => [user.id, userName(user)])),
    [users.data],
  );
  const found = useInfiniteQuery({
    queryKey: ["audit", wanted],
    queryFn: ({ pageParam, signal }) => fetchAudit(wanted, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
  const entries = found.data?.pages.flatMap((page) => page.entries);
  return (
    <section className="block is-wide" aria-labelledby="audit-title">
      <h2 id="audit-title">Audit</h2>
      <AuditSearchForm key={search} wanted={wanted} users={users.data ?? []} />
      <Listing
        query={found}
        label="Audit"
        columns={["When", "Who", "What", "To what", "From where", "Change"]}
        empty="Nothing was recorded that fits this search."
      >
        {entries?.map((entry, at) => (
          <EntryRow key={`${entry.at} ${at}`} entry={entry} names={names} />
        ))}
      </Listing>
      {found.isFetchNextPageError && <FormProblem problem={problemFromThrown(found.error)} />}
      {found.hasNextPage && (
        <button
          type="button"
          className="button"
          disabled={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {found.isFetchingNextPage ? "Reading…" : "Older entries"}
        </button>
      )}
    </section>
  );
}

interface EntryRowProps {
  entry: AuditEntry;
  names: Map<string, string>;
}

function EntryRow({ entry, names }: EntryRowProps) {
  const { user_id, resource } = entry;
  return (
    <tr>
      <th scope="row">
        <When time={entry.at} />
      </th>
      <td data-label="Who">{user_id === null ? "–" : (names.get(user_id) ?? user_id)}</td>
      <td data-label="What">
        {entry.action}{" "}
        {entry.outcome !== "ok" && <span className="tag is-bad">{entry.outcome}</span>}
      </td>
      <td data-label="To what">{resource === null ? "–" : (names.get(resource) ?? resource)}</td>
      <td data-label="From where">
        {entry.ip ?? "–"}
        <small title={entry.user_agent ?? undefined}>
          {entry.user_agent === null ? "" : agentName(entry.user_agent)}
        </small>
      </td>
      <td data-label="Change">
        <Changes entry={entry} />
      </td>
    </tr>
  );
}

function Changes({ entry }: { entry: AuditEntry }) {
  const changed = differences(entry.before, entry.after);
  if (changed.length === 0) return "–";
  return (
    <ul className="changes">
      {changed.map(({ field, before, after }) => (
        <li key={field}>
          <span>{field}</span>{" "}
          {before !== null && (
            <del>
              <span className="visually-hidden">was </span>
              {before}
            </del>
          )}{" "}
          {after !== null && (
            <ins>
              <span className="visually-hidden">is </span>
              {after}
            </ins>
          )}
        </li>
      ))}
    </ul>
  );
}
