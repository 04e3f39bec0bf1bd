// A link to another address of the page.
import type { ReactNode } from "react";

import { followLink, usePath } from "./route";

interface PageLinkProps {
  to: string;
  className?: string;
  onFollow?: () => void;
  children: ReactNode;
}

export function PageLink({ to, className, onFollow, children }: PageLinkProps) {
  const here = usePath() === to;
  return (
    <a
      href={to}
      className={className}
      aria-current={here ? "page" : undefined}
      onClick={(event) => {
        if (followLink(event)) onFollow?.();
      }}
    >
      {children}
    </a>
  );
}
