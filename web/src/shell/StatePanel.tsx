// What stands where data would stand: nothing there yet, or something went wrong. Each says what
// to do next.
import type { ReactNode } from "react";

import type { Problem } from "../api/problem";
import { Logo } from "./icons";

interface ErrorPanelProps {
  problem: Problem;
  onRetry: () => void;
}

/** A failed request: the problem's own title and detail, and another try. */
export function ErrorPanel({ problem, onRetry }: ErrorPanelProps) {
  return (
    <section className="state-panel is-error" role="alert">
      <h2>{problem.title}</h2>
      <p>{problem.detail}</p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
      {problem.status > 0 && (
        <p className="fine-print">
          HTTP {problem.status} · <code>{problem.code}</code>
        </p>
      )}
    </section>
  );
}

/** Something that has no data, with what to do about it. */
export function NothingPanel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="state-panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A server that holds no symbol at all. */
export function EmptyPanel() {
  return (
    <section className="state-panel is-first">
      <Logo />
      <h2>No market data yet</h2>
      <p>This server holds no symbol. There are two ways to fill it:</p>
      <dl>
        <dt>Import trades or candles from a file</dt>
        <dd>
          <pre>
            <code>chandlery import --symbol binance:BTCUSDT FILE…</code>
          </pre>
        </dd>
        <dt>Look around with real trades, replayed</dt>
        <dd>
          <pre>
            <code>chandlery up --demo</code>
          </pre>
        </dd>
      </dl>
      <p className="fine-print">This page shows the data as soon as it is there.</p>
    </section>
  );
}
