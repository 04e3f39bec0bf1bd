// What the server says on /v1/stream. The stream is not part of OpenAPI, so its messages are
// written down here.
import type { Candle, Tick } from "./types";

export interface CandleMessage {
  type: "candle";
  symbol: string;
  interval: string;
  replay: boolean;
  candle: Candle;
}

export interface TickMessage {
  type: "tick";
  symbol: string;
  replay: boolean;
  tick: Tick;
}

export interface PriceMessage {
  type: "price";
  symbol: string;
  replay: boolean;
  price: string;
  time: string;
}

/** What changed of one's own; the rest of it is read. */
export interface BotMessage {
  type: "bot";
  bot: { id: string; status: string };
}

export interface OrderMessage {
  type: "order";
  order: { id: string; account: string; status: string };
  fill: object | null;
}

export type DataMessage = CandleMessage | TickMessage | PriceMessage | BotMessage | OrderMessage;

export type ServerMessage =
  | DataMessage
  | { type: "subscribed"; topics: string[] }
  | { type: "lagged"; topic?: string; missed?: number | null }
  | { type: "error"; code: string; message: string; topic?: string }
  | { type: "pong" };

/** Subscribes to the prices of every symbol. */
export const ALL_PRICES = "prices:*";
/** Subscribes to all of one's own. */
export const ALL_BOTS = "bots:all";
export const ALL_ORDERS = "orders:all";
export const candleTopic = (symbol: string, interval: string) => `candles:${symbol}:${interval}`;
export const tickTopic = (symbol: string) => `ticks:${symbol}`;

/** The topics whose subscribers want a message. */
export function topicsOf(message: DataMessage): string[] {
  switch (message.type) {
    case "candle":
      return [candleTopic(message.symbol, message.interval)];
    case "tick":
      return [tickTopic(message.symbol)];
    case "price":
      return [`prices:${message.symbol}`, ALL_PRICES];
    case "bot":
      return [`bots:${message.bot.id}`, ALL_BOTS];
    case "order":
      return [`orders:${message.order.account}`, ALL_ORDERS];
  }
}

/** A message from its text; null where it is no object with a type. */
export function parseMessage(text: string): ServerMessage | null {
  try {
    const value: unknown = JSON.parse(text);
    const isMessage = typeof value === "object" && value !== null && "type" in value;
    return isMessage ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}
