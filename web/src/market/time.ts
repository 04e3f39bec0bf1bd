// Times for reading, in the zone that the reader prefers; see shell/zone.ts.

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    const [numeric, two] = ["numeric", "2-digit"] as const;
    const date = { year: numeric, month: two, day: two } as const;
    const time = { hour: two, minute: two, second: two, hourCycle: "h23" } as const;
    format = new Intl.DateTimeFormat("en-GB", { ...date, ...time, timeZone: zone });
    formats.set(zone, format);
  }
  return format;
}

function partsOf(ms: number, zone: string): Partial<Record<string, string>> {
  return Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
}

/** `2024-08-09`. */
export function formatDate(ms: number, zone: string): string {
  const { year, month, day } = partsOf(ms, zone);
  return `${year}-${month}-${day}`;
}

/** `2024-08-09 00:05`. */
export function formatMinute(ms: number, zone: string): string {
  const { hour, minute } = partsOf(ms, zone);
  return `${formatDate(ms, zone)} ${hour}:${minute}`;
}

/** `00:05:09`. */
export function formatSecond(ms: number, zone: string): string {
  const { hour, minute, second } = partsOf(ms, zone);
  return `${hour}:${minute}:${second}`;
}

/** Milliseconds of an RFC 3339 text; what is below a millisecond is cut off. */
export function toMs(text: string): number {
  return Date.parse(text);
}
