// Of what a profit is made: sums that one can follow line by line.
import type { ExplainLine } from "../api/performance";
import { isSame, sum } from "../market/decimal";

/** What a time is explained by; by nothing else. */
export const PERIOD = ["account", "bot", "symbol", "from", "to"] as const;

/** A line with what had come together by then, in its own quote; null where it adds nothing. */
export interface SummedLine {
  line: ExplainLine;
  soFar: string | null;
}

export function sumUp(lines: ExplainLine[]): SummedLine[] {
  const sums = new Map<string, string>();
  return lines.map((line) => {
    if (line.profit === null) return { line, soFar: null };
    const soFar = sum([sums.get(line.quote) ?? "0", line.profit]);
    if (soFar !== null) sums.set(line.quote, soFar);
    return { line, soFar };
  });
}

/** Whether the lines in a quote come to what is said of them, to the last digit. */
export function addsUp(lines: ExplainLine[], quote: string, total: string): boolean {
  const profits = lines
    .filter((line) => line.quote === quote)
    .flatMap(({ profit }) => (profit === null ? [] : [profit]));
  const told = sum(profits);
  return told !== null && isSame(told, total);
}
