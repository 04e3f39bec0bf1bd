// Times for reading. Everything on the page is UTC, whatever the reader's zone.

const two = (n: number) => String(n).padStart(2, "0");

/** `2024-08-09`. */
export function formatDate(ms: number): string {
  return new Date(ms).toISOString().replace(/T.*/, "");
}

/** `2024-08-09 00:05`. */
export function formatMinute(ms: number): string {
  const time = new Date(ms);
  return `${formatDate(ms)} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`;
}

/** `00:05:09`. */
export function formatSecond(ms: number): string {
  const time = new Date(ms);
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
}

/** Milliseconds of an RFC 3339 text; what is below a millisecond is cut off. */
export function toMs(text: string): number {
  return Date.parse(text);
}
