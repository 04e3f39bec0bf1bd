// Lists as CSV, page by page.
import { answered } from "./request";

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** All pages of a list, as one file; each page has the line of names, and the next one's cursor. */
export async function readCsv(
  page: (cursor: string | null, signal: AbortSignal) => Promise<Answer>,
): Promise<string> {
  let text = "";
  let cursor: string | null = null;
  do {
    const from: string | null = cursor;
    const { data, response }: Answer = await answered<unknown>((signal) => page(from, signal));
    const read = String(data ?? "");
    text += from === null ? read : read.slice(read.indexOf("\n") + 1);
    cursor = response.headers.get("x-next-cursor");
  } while (cursor !== null);
  return text;
}
