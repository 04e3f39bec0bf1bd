// Equity and drawdown of a bot, an account or all of them, by the hour or the day.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";

import { type EquityPoint, type EquityQuery, fetchEquity } from "../api/performance";
import { problemFromThrown } from "../api/problem";
import { colours } from "../market/look";
import { formatMinute, toMs } from "../market/time";
import { ErrorPanel } from "../shell/StatePanel";
import { useTheme } from "../shell/theme";
import { useZone, zoneLabel } from "../shell/zone";
import { Amount, Percent } from "./Amount";
import { begun, CurveChart } from "./curve";

const REFRESH_MS = 15_000;
const INTERVALS = [
  ["minute", "3 hours by minute"],
  ["hour", "7 days by hour"],
  ["day", "a year by day"],
] as const;

/** With fewer points a curve says little. */
const YOUNG = 4;

function useCurve(of: EquityQuery, interval: string, enabled = true) {
  return useQuery({
    queryKey: ["ledger", "equity", of, interval],
    queryFn: ({ signal }) => fetchEquity({ ...of, interval }, signal),
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
    enabled,
  });
}

export function CurvePanel({ of, label }: { of: EquityQuery; label: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  // What began in these hours has no curve by hour yet.
  const hours = useCurve(of, "hour", chosen === null);
  const isYoung = hours.data !== undefined && begun(hours.data.points).length < YOUNG;
  const interval = chosen ?? (isYoung ? "minute" : "hour");
  const curve = useCurve(of, interval);
  const points = useMemo(() => begun(curve.data?.points ?? []), [curve.data]);
  const at = points.find(({ time }) => Math.floor(toMs(time) / 1000) === hovered) ?? points.at(-1);
  return (
    <section className="curve" aria-label={label}>
      <header className="block-head">
        <h3>{label}</h3>
        <div className="choices" role="group" aria-label="Points">
          {INTERVALS.map(([value, text]) => (
            <button
              key={value}
              type="button"
              aria-pressed={interval === value}
              onClick={() => setChosen(value)}
            >
              {text}
            </button>
          ))}
        </div>
      </header>
      {curve.data === undefined && curve.isError ? (
        <ErrorPanel problem={problemFromThrown(curve.error)} onRetry={() => void curve.refetch()} />
      ) : points.length < 2 && curve.data !== undefined ? (
        <p className="listing-empty">
          There is no curve yet: it begins with the first deposit or trade.
        </p>
      ) : (
        <>
          <Read point={at} currency={curve.data?.currency} />
          <div className="curve-frame">
            {curve.data === undefined ? (
              <span className="skeleton" role="status" aria-label="The curve is loading" />
            ) : (
              <Canvas points={points} label={label} onHover={setHovered} />
            )}
          </div>
        </>
      )}
      {(curve.data?.unpriced.length ?? 0) > 0 && (
        <p className="notice">
          Left out somewhere, for no stored price says what it was worth:{" "}
          {curve.data?.unpriced.join(", ")}.
        </p>
      )}
    </section>
  );
}

/** The point under the crosshair, else the last, with every digit. */
function Read({
  point,
  currency,
}: {
  point: EquityPoint | undefined;
  currency: string | undefined;
}) {
  const zone = useZone();
  if (point === undefined) return null;
  return (
    <dl className="legend">
      <div className="legend-time">
        <dt className="visually-hidden">Time</dt>
        <dd>
          {formatMinute(toMs(point.time), zone)} {zoneLabel(zone)}
        </dd>
      </div>
      <div>
        <dt>Equity</dt>
        <dd>
          <Amount value={point.equity} places={2} unit={currency} />
        </dd>
      </div>
      <div>
        <dt>Realised</dt>
        <dd>
          <Amount value={point.realised_pnl} places={2} signed />
        </dd>
      </div>
      <div>
        <dt>Open</dt>
        <dd>
          <Amount value={point.unrealised_pnl} places={2} signed />
        </dd>
      </div>
      <div>
        <dt>Drawdown</dt>
        <dd>
          <Percent value={point.drawdown_ratio} />
        </dd>
      </div>
      {point.unpriced.length > 0 && (
        <div>
          <dt>Without</dt>
          <dd>{point.unpriced.join(", ")}</dd>
        </div>
      )}
    </dl>
  );
}

interface CanvasProps {
  points: EquityPoint[];
  label: string;
  onHover: (second: number | null) => void;
}

/** Joins the chart, which changes in place, to React, which does not. */
function Canvas({ points, label, onHover }: CanvasProps) {
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<CurveChart | null>(null);
  const theme = useTheme();
  const zone = useZone();
  const hover = useEffectEvent(onHover);
  useEffect(() => {
    if (container.current === null) return;
    const made = new CurveChart(container.current, (second) => hover(second));
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, []);
  useEffect(() => chart.current?.setColours(colours()), [theme]);
  useEffect(() => chart.current?.setZone(zone), [zone]);
  useEffect(() => chart.current?.show(points), [points]);
  const last = points.at(-1);
  return (
    <div
      ref={container}
      className="curve-canvas"
      role="img"
      aria-label={`${label}, last ${last?.equity ?? "unknown"}`}
    />
  );
}
