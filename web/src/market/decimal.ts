// Exact arithmetic and formatting of the decimals that arrive as text. A double would lose digits
// of prices with many places, so numbers shown to a reader never pass through one.

interface Exact {
  units: bigint;
  places: number;
}

const PLAIN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

function parse(text: string): Exact | null {
  const match = PLAIN.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === "-" ? -units : units, places: fraction.length };
}

function toText({ units, places }: Exact): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = places > 0 ? `.${digits.slice(-places)}` : "";
  return `${units < 0n ? "-" : ""}${whole}${fraction}`;
}

function align(a: Exact, b: Exact): [bigint, bigint, number] {
  const places = Math.max(a.places, b.places);
  const scale = (x: Exact) => x.units * 10n ** BigInt(places - x.places);
  return [scale(a), scale(b), places];
}

/** `a - b`; null where one of them is no plain decimal. */
export function subtract(a: string, b: string): string | null {
  const [x, y] = [parse(a), parse(b)];
  if (x === null || y === null) return null;
  const [left, right, places] = align(x, y);
  return toText({ units: left - right, places });
}

/** The sum, exact; null where one of them is no plain decimal. */
export function sum(texts: Iterable<string>): string | null {
  let total: Exact = { units: 0n, places: 0 };
  for (const text of texts) {
    const each = parse(text);
    if (each === null) return null;
    const [left, right, places] = align(total, each);
    total = { units: left + right, places };
  }
  return toText(total);
}

/** Whether two decimals are the same number, however many zeros stand behind them. */
export function isSame(a: string, b: string): boolean {
  const difference = subtract(a, b);
  return difference !== null && sign(difference) === 0;
}

/** `part / whole` in percent with two places, halves away from zero; null where it has no answer. */
export function percent(part: string, whole: string): string | null {
  const [x, y] = [parse(part), parse(whole)];
  if (x === null || y === null || y.units === 0n) return null;
  const [left, right] = align(x, y);
  const negative = left < 0n !== right < 0n;
  const [top, bottom] = [left < 0n ? -left : left, right < 0n ? -right : right];
  const units = (top * 10_000n * 2n + bottom) / (2n * bottom);
  return toText({ units: negative ? -units : units, places: 2 });
}

/** With `places` at most, halves away from zero; other text as it is. */
export function round(text: string, places: number): string {
  const exact = parse(text);
  if (exact === null || exact.places <= places) return text;
  const scale = 10n ** BigInt(exact.places - places);
  const half = exact.units < 0n ? -scale / 2n : scale / 2n;
  return toText({ units: (exact.units + half) / scale, places });
}

/** -1, 0 or 1; 0 also for what is no plain decimal. */
export function sign(text: string): -1 | 0 | 1 {
  const units = parse(text)?.units ?? 0n;
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/** How many places a decimal needs, without zeros at its end. */
export function placesOf(text: string): number {
  const fraction = PLAIN.exec(text)?.[3] ?? "";
  return fraction.replace(/0+$/, "").length;
}

/**
 * A decimal for reading: thousands grouped, a true minus sign, zeros at the end cut or filled up to
 * `places`. A digit other than such a zero is never dropped. Other text is returned as it is.
 */
export function formatDecimal(text: string, places = 0): string {
  const match = PLAIN.exec(text);
  if (match === null) return text;
  const [, minus = "", whole = "", fraction = ""] = match;
  const grouped = whole.replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",");
  const kept = fraction.replace(/0+$/, "").padEnd(places, "0");
  return `${minus === "-" ? "−" : ""}${grouped}${kept === "" ? "" : `.${kept}`}`;
}

/** As formatDecimal, with a plus before what is above zero. */
export function formatSigned(text: string, places = 0): string {
  return `${sign(text) > 0 ? "+" : ""}${formatDecimal(text, places)}`;
}

const SCALES = ["", "K", "M", "B", "T"];

/**
 * A sum for a narrow column: three digits, cut off rather than rounded, with K, M, B (10⁹) or T
 * (10¹²) behind them. Other text is returned as it is.
 */
export function formatRough(text: string): string {
  const match = PLAIN.exec(text);
  if (match === null) return text;
  const [, minus = "", zeros = "", fraction = ""] = match;
  const whole = zeros.replace(/^0+/, "");
  const scale = Math.min(Math.floor(Math.max(0, whole.length - 1) / 3), SCALES.length - 1);
  const digits = whole + fraction;
  const point = whole.length - 3 * scale;
  const first = whole === "" ? Math.max(0, digits.search(/[1-9]/)) : 0;
  const rest = digits.slice(point, first + 3);
  const shown = `${minus}${digits.slice(0, point) || "0"}${rest === "" ? "" : `.${rest}`}`;
  return `${formatDecimal(shown)}${SCALES[scale] ?? ""}`;
}
