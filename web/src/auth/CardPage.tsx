// A page of one form: the login, and what leads to one.
import type { ReactNode } from "react";

import { Logo } from "../shell/icons";
import { useTitle } from "./title";

export function CardPage({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <main id="main" className="centred" tabIndex={-1}>
      <section className="card" aria-labelledby="card-title">
        <Logo />
        <h2 id="card-title">{title}</h2>
        {children}
      </section>
    </main>
  );
}
