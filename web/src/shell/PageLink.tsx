// A link to another address of the page.
import type { ReactNode } from "react";

import { followLink, usePath } from "./route";

interface PageLinkProps {
  to: string;
  className?: string;
  /** Whether it leads to where one is; without it that is so at its own address. */
  current?: boolean;
  onFollow?: () => void;
  children: ReactNode;
}

export function PageLink({ to, className, current, onFollow, children }: PageLinkProps) {
  const path = usePath();
  const here = current ?? path === to;
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
