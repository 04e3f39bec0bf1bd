// Open, high, low, close and volume of the candle under the crosshair, else of the newest, with
// every digit of the stored text.
import type { SymbolRow } from "../api/types";
import type { Bar } from "./bars";
import { Change } from "./Change";
import { formatDecimal, percent, subtract } from "./decimal";
import { useZone, zoneLabel } from "../shell/zone";
import { formatMinute } from "./time";

interface LegendProps {
  bar: Bar;
  row: SymbolRow | null;
  places: number;
}

export function Legend({ bar, row, places }: LegendProps) {
  const zone = useZone();
  const { open, high, low, close, volume, closed } = bar.candle;
  const tone = bar.close < bar.open ? "is-down" : "is-up";
  const change = subtract(close, open);
  const prices = [
    ["O", "Open", open],
    ["H", "High", high],
    ["L", "Low", low],
    ["C", "Close", close],
  ] as const;
  return (
    <dl className="legend">
      <div className="legend-time">
        <dt className="visually-hidden">Open time</dt>
        <dd>
          {formatMinute(bar.time * 1000, zone)} {zoneLabel(zone)}
          {!closed && " · forming"}
        </dd>
      </div>
      {prices.map(([letter, name, value]) => (
        <div key={letter}>
          <dt title={name}>{letter}</dt>
          <dd className={tone}>{formatDecimal(value, places)}</dd>
        </div>
      ))}
      <div>
        <dt className="visually-hidden">Change</dt>
        <dd>
          <Change value={change === null ? null : percent(change, open)} places={2} unit="%" />
        </dd>
      </div>
      <div>
        <dt title={row?.base ? `Volume in ${row.base}` : "Volume"}>V</dt>
        <dd>{formatDecimal(volume)}</dd>
      </div>
    </dl>
  );
}
