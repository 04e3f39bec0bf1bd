// The way to older rows of a list that is read page by page.
import type { ReactNode } from "react";

import { problemFromThrown } from "../api/problem";
import { FormProblem } from "../auth/form";

interface MoreProps {
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: Error | null;
    fetchNextPage: () => unknown;
  };
  children: ReactNode;
}

export function More({ query, children }: MoreProps) {
  return (
    <>
      {query.isFetchNextPageError && <FormProblem problem={problemFromThrown(query.error)} />}
      {query.hasNextPage && (
        <button
          type="button"
          className="button"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {query.isFetchingNextPage ? "Reading…" : children}
        </button>
      )}
    </>
  );
}
