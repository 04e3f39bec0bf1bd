// A table that is read from the server: while it loads, when that fails, and when it is empty.
// On a phone its rows become cards, where `data-label` names each cell.
import type { ReactNode } from "react";

import { problemFromThrown } from "../api/problem";
import { ErrorPanel } from "../shell/StatePanel";

interface ListingProps {
  query: { isPending: boolean; error: Error | null; data: unknown; refetch: () => unknown };
  label: string;
  columns: string[];
  /** What is said instead of a table without rows. */
  empty?: string;
  children: ReactNode;
}

export function Listing({ query, label, columns, empty, children }: ListingProps) {
  if (query.isPending) {
    return (
      <div role="status" aria-label={`${label}: loading`} className="listing-skeleton">
        <span className="skeleton" />
        <span className="skeleton" />
        <span className="skeleton" />
      </div>
    );
  }
  if (query.error !== null && query.data === undefined) {
    const problem = problemFromThrown(query.error);
    return <ErrorPanel problem={problem} onRetry={() => void query.refetch()} />;
  }
  if (empty !== undefined && Array.isArray(children) && children.length === 0) {
    return <p className="listing-empty">{empty}</p>;
  }
  return (
    <table className="listing" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column || <span className="visually-hidden">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
