// What an event of an order says, in a line.
import { formatDecimal } from "../market/decimal";
import { words } from "./order";

type Json = Record<string, unknown>;

const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): string => formatDecimal(textOf(value));

/** What it says beyond its kind; nothing where the kind is all. */
export function detailOf(kind: string, body: unknown): string {
  const said = objectOf(body);
  switch (kind) {
    case "placed": {
      const { side, kind: how, quantity, quote_quantity, limit_price } = objectOf(said.terms);
      const amount =
        textOf(quantity) === "" ? `for ${number(quote_quantity)} of quote` : number(quantity);
      const price = textOf(limit_price) === "" ? "" : ` at ${number(limit_price)}`;
      return `${textOf(side)} ${words(textOf(how))} ${amount}${price}`;
    }
    case "reserved":
    case "released":
      return `${number(said.amount)} ${textOf(said.asset)}`;
    case "accepted":
      return `as ${textOf(said.venue_order_id)}`;
    case "rejected":
      return [said.code, said.reason].map(textOf).filter(Boolean).join(": ");
    case "cancelled":
      return textOf(said.reason);
    case "amended":
      return ["quantity", "limit_price", "stop_price"]
        .filter((name) => textOf(said[name]) !== "")
        .map((name) => `${words(name)} ${number(said[name])}`)
        .join(", ");
    case "filled": {
      const { quantity, price, liquidity } = objectOf(said.fill);
      const as = textOf(liquidity) === "unknown" ? "" : ` as ${textOf(liquidity)}`;
      return `${number(quantity)} at ${number(price)}${as}`;
    }
    default:
      return "";
  }
}

/** How long after the order was placed: `+0.412 s`, `+2 h 5 min`. */
export function after(beginMs: number, ms: number): string {
  const all = Math.max(0, ms - beginMs);
  if (all < 60_000) return `+${all / 1000} s`;
  const [hours, minutes] = [Math.floor(all / 3_600_000), Math.floor(all / 60_000) % 60];
  const seconds = Math.floor(all / 1000) % 60;
  return hours > 0 ? `+${hours} h ${minutes} min` : `+${minutes} min ${seconds} s`;
}
