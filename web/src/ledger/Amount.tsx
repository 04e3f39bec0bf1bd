// A number of the ledger. What has more digits than one reads is rounded, with all of them in the
// tooltip; where sums are to be seen, all are shown.
import { formatDecimal, formatSigned, placesOf, round, sign } from "../market/decimal";

/** Digits behind the point that anyone reads. */
const READ_PLACES = 8;

interface AmountProps {
  value: string | null;
  /** So many are shown at least. */
  places?: number;
  /** So many are shown at the most; without it those that anyone reads. */
  most?: number;
  unit?: string | undefined;
  /** A profit: with its sign, in green or red. */
  signed?: boolean;
}

export function Amount({ value, places = 0, most = READ_PLACES, unit, signed }: AmountProps) {
  if (value === null) return <span className="is-faint">–</span>;
  const format = signed ? formatSigned : formatDecimal;
  const shown = format(round(value, most), Math.min(places, most));
  const tone = signed ? { "-1": "is-down", "0": "is-flat", "1": "is-up" }[`${sign(value)}`] : "";
  return (
    <span
      className={`amount ${tone}`}
      title={placesOf(value) > most ? formatDecimal(value) : undefined}
    >
      {shown}
      {unit && <span className="unit">{unit}</span>}
    </span>
  );
}

/** A share as percent with two places. */
export function Percent({ value, signed }: { value: number | string | null; signed?: boolean }) {
  if (value === null) return <span className="is-faint">–</span>;
  const text = typeof value === "string" ? percentText(value) : (value * 100).toFixed(2);
  const tone = signed ? { "-1": "is-down", "0": "is-flat", "1": "is-up" }[`${sign(text)}`] : "";
  return (
    <span className={tone}>
      {(signed ? formatSigned : formatDecimal)(text, 2)}
      <span className="unit">%</span>
    </span>
  );
}

/** An exact fraction as percent. */
function percentText(ratio: string): string {
  const [whole = "", fraction = ""] = ratio.split(".");
  const digits = fraction.padEnd(2, "0");
  return round(`${whole}${digits.slice(0, 2)}.${digits.slice(2) || "0"}`, 2);
}
