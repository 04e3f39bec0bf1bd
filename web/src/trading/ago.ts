// How long ago something was, for lists that are looked at while it happens.
const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** `just now`, `12 s ago`, `3 min ago`; a clock that goes ahead a little is forgiven. */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - ms) / 1000);
  if (seconds < 2) return "just now";
  const unit = UNITS.find(([, length]) => seconds >= length);
  return unit === undefined
    ? `${seconds} s ago`
    : `${Math.floor(seconds / unit[1])} ${unit[0]} ago`;
}
