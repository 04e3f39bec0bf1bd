// A small server with the contract of chandlery's REST interface and stream, for the states that a
// real server can't be made to show: it hangs, fails, is empty, breaks connections and lags on
// demand. It serves web/dist under the same security policy as the product.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { WebSocketServer } from "ws";

import { Accounts } from "./accounts.mjs";
import { Books } from "./books.mjs";
import { Market } from "./market.mjs";
import { Refusal } from "./refusal.mjs";
import { Own } from "./own.mjs";
import { MINUTE_MS } from "./series.mjs";
import { Trading } from "./trading.mjs";

/** @typedef {"normal" | "hang" | "error" | "empty" | "many"} Mode */

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const TRADE_EVERY_MS = 400;
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'";
/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export class MockServer {
  market = new Market(Date.now());
  accounts = new Accounts();
  /** What its people prefer. */
  own = new Own();
  trading = new Trading();
  books = new Books(this.trading, this.market, Date.now());
  /** How each route behaves. @type {{symbols: Mode, candles: Mode, older: Mode, ticks: Mode, board: Mode}} */
  mode = MockServer.#allNormal();
  /** Whether the board stands on its head. */
  turnBoard = false;
  refusesStream = false;
  tradesStopped = false;
  /** Path and query of every REST request. @type {string[]} */
  requests = [];
  /** Subscribed topics by socket. @type {Map<import("ws").WebSocket, Set<string>>} */
  sockets = new Map();
  url = "";
  #http = createServer((request, response) => void this.#answer(request, response));
  #ws = new WebSocketServer({ noServer: true });
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clockwork;

  /** @returns {MockServer["mode"]} */
  static #allNormal() {
    return {
      symbols: "normal",
      candles: "normal",
      older: "normal",
      ticks: "normal",
      board: "normal",
    };
  }

  async start() {
    this.#http.on("upgrade", (request, socket, head) => {
      const refused = this.accounts.closed && this.accounts.known(request) === undefined;
      if (this.refusesStream || refused || request.url !== "/v1/stream") {
        socket.destroy();
        return;
      }
      this.#ws.handleUpgrade(request, socket, head, (ws) => this.#welcome(ws, request));
    });
    await new Promise((done) => this.#http.listen(0, "127.0.0.1", () => done(null)));
    const address = this.#http.address();
    if (address === null || typeof address === "string") throw new Error("the mock has no port");
    this.url = `http://127.0.0.1:${address.port}`;
    this.#clockwork = setInterval(() => this.#trade(), TRADE_EVERY_MS);
  }

  async stop() {
    clearInterval(this.#clockwork);
    this.dropSockets();
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  dropSockets() {
    for (const socket of this.sockets.keys()) socket.terminate();
    this.sockets.clear();
  }

  /** @param {object} message */
  broadcast(message) {
    for (const socket of this.sockets.keys()) socket.send(JSON.stringify(message));
  }

  /** Everything as at the start, save what was traded meanwhile. */
  reset() {
    this.mode = MockServer.#allNormal();
    this.turnBoard = false;
    this.refusesStream = false;
    this.tradesStopped = false;
    this.requests = [];
    this.accounts = new Accounts();
    this.own = new Own();
    this.trading = new Trading();
    this.books = new Books(this.trading, this.market, Date.now());
  }

  /** Tells of a bot as it is now. @param {{id: string, status: string}} bot */
  tellBot(bot) {
    this.#publish(`bots:${bot.id}`, { type: "bot", bot });
  }

  /** Tells of an order as it is now. @param {{id: string, account: string}} order @param {object | null} [fill] */
  tellOrder(order, fill = null) {
    this.#publish(`orders:${order.account}`, { type: "order", order, fill });
  }

  /** @param {import("ws").WebSocket} socket @param {import("node:http").IncomingMessage} request */
  #welcome(socket, request) {
    const topics = new Set();
    this.sockets.set(socket, topics);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.op === "ping") socket.send(JSON.stringify({ type: "pong" }));
      if (message.op === "unsubscribe") message.topics.forEach(topics.delete, topics);
      if (message.op !== "subscribe") return;
      for (const topic of message.topics) {
        try {
          const [, own] = /^(bots|orders):/.exec(topic) ?? [];
          if (own !== undefined) this.accounts.needs(request, own);
          topics.add(topic);
        } catch (thrown) {
          if (!(thrown instanceof Refusal)) throw thrown;
          const { code, detail } = thrown.body;
          socket.send(JSON.stringify({ type: "error", code, message: detail, topic }));
        }
      }
      const taken = message.topics.filter(topics.has, topics);
      socket.send(JSON.stringify({ type: "subscribed", topics: taken }));
    });
  }

  #trade() {
    if (this.tradesStopped) return;
    for (const listing of this.market.listings.values()) {
      const { symbol, replay } = listing.row;
      if (!replay) continue;
      const { tick, candles } = this.market.trade(listing, Date.now());
      this.#publish(`ticks:${symbol}`, { type: "tick", symbol, replay, tick });
      this.#publish(`prices:${symbol}`, {
        type: "price",
        symbol,
        replay,
        price: tick.price,
        time: tick.time,
      });
      for (const [interval, candle] of candles) {
        this.#publish(`candles:${symbol}:${interval}`, {
          type: "candle",
          symbol,
          interval,
          replay,
          candle,
        });
      }
    }
  }

  /** @param {string} topic @param {object} message */
  #publish(topic, message) {
    for (const [socket, topics] of this.sockets) {
      const all = topic.replace(/^(prices):.*/, "$1:*").replace(/^(bots|orders):.*/, "$1:all");
      const wants = topics.has(topic) || topics.has(all);
      if (wants) socket.send(JSON.stringify({ topic, ...message }));
    }
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #answer(request, response) {
    const url = new URL(request.url ?? "/", this.url);
    response.setHeader("Content-Security-Policy", CSP);
    if (!/^\/(v1|hooks)\//.test(url.pathname)) return this.#file(url.pathname, response);
    this.requests.push(url.pathname + url.search);
    try {
      const body = await this.#route(request, url, response);
      // A request that hangs is answered never; the browser gives up.
      if (body === undefined) response.writeHead(204).end();
      else if (body !== null) send(response, 200, "application/json", JSON.stringify(body));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      send(response, thrown.body.status, "application/problem+json", JSON.stringify(thrown.body));
    }
  }

  /** @param {string} path @param {import("node:http").ServerResponse} response */
  async #file(path, response) {
    // What isn't a file is an address of the page.
    const name = path.includes(".") ? normalize(path).replace(/^[/.]+/, "") : "index.html";
    try {
      const body = await readFile(join(DIST, name));
      send(response, 200, TYPES[extname(name)] ?? "application/octet-stream", body);
    } catch {
      send(response, 404, "text/plain", `no ${name}`);
    }
  }

  /** @param {import("node:http").IncomingMessage} request @param {URL} url @param {import("node:http").ServerResponse} response */
  async #route(request, url, response) {
    const query = url.searchParams;
    if (url.pathname.startsWith("/hooks/")) return this.#alert(request, url);
    if (/^\/v1\/(auth|me)\//.test(url.pathname)) {
      const sent = await text(request);
      const wanted = sent === "" ? null : JSON.parse(sent);
      if (url.pathname.startsWith("/v1/me/")) {
        return this.own.answer(this.accounts.known(request)?.user, request.method, url, wanted);
      }
      return this.accounts.answer(request, url, wanted, response);
    }
    this.accounts.guard(request);
    if (/^\/v1\/(trading|ledger)\//.test(url.pathname)) {
      return this.#traded(request, url);
    }
    switch (url.pathname) {
      case "/v1/market/symbols":
        return this.#behave(this.mode.symbols, () => ({ symbols: this.#symbols() }));
      case "/v1/market/candles": {
        const mode = query.has("cursor") ? this.mode.older : this.mode.candles;
        return this.#behave(mode, () => this.#candles(query));
      }
      case "/v1/market/ticks":
        return this.#behave(this.mode.ticks, () => this.#ticks(query));
      case "/v1/market/leaderboard":
        return this.#behave(this.mode.board, () => this.#board(query));
      case "/v1/market/coverage":
        return this.#coverage(query);
      default:
        throw new Refusal(404, "not_found", "No such page", `There is nothing at ${url.pathname}.`);
    }
  }

  /** What another program sends. @param {import("node:http").IncomingMessage} request @param {URL} url */
  async #alert(request, url) {
    const { hooks, bots } = this.trading;
    const orders = new URL("/v1/ledger/orders", this.url);
    hooks.place = (terms) => this.books.answer("POST", orders, terms);
    return hooks.take(bots, request, url, await text(request));
  }

  /** Bots and their books, for those who are logged in. @param {import("node:http").IncomingMessage} request @param {URL} url */
  async #traded(request, url) {
    this.accounts.needs(request, url.pathname.startsWith("/v1/trading/") ? "bots" : "orders");
    const sent = await text(request);
    const wanted = sent === "" ? null : JSON.parse(sent);
    const area = url.pathname.startsWith("/v1/trading/") ? this.trading : this.books;
    const body = /** @type {any} */ (area.answer(request.method, url, wanted));
    if (request.method !== "GET" && body?.client_order_id) this.tellOrder(body);
    if (request.method !== "GET" && body?.silent_after_s) this.tellBot(body);
    return body;
  }

  /** @param {Mode} mode @param {() => object} body */
  #behave(mode, body) {
    if (mode === "hang") return null;
    if (mode !== "error") return body();
    const detail = "The database does not answer: connection refused. Is it running?";
    throw new Refusal(503, "database_unavailable", "The database is not available", detail);
  }

  #symbols() {
    if (this.mode.symbols === "empty") return [];
    const rows = [...this.market.listings.values()].map((listing) => listing.row);
    if (this.mode.symbols !== "many") return rows;
    const more = Array.from({ length: 3_000 }, (_, i) => {
      const code = `COIN${i}USDT`;
      return { ...rows[2], symbol: `binance:${code}`, code, base: `COIN${i}` };
    });
    return [...rows, ...more];
  }

  /** Those with a volume, as listed; what is paid in ETH has no volume in it. @param {URLSearchParams} query */
  #board(query) {
    const rows = [...this.market.listings.values()].map(
      (listing) => /** @type {any} */ (listing.row),
    );
    const wanted = query.get("quote");
    const traded = this.mode.board === "empty" ? [] : rows.filter((row) => row.volume_24h !== null);
    const symbols = traded
      .filter((row) => wanted === null || row.quote === wanted)
      .map((row) => ({
        symbol: row.symbol,
        base: row.base,
        quote: row.quote,
        replay: row.replay,
        price: row.last_price,
        change: row.change_24h,
        change_percent: row.change_24h_percent,
        high: row.last_price,
        low: row.last_price,
        volume: row.volume_24h,
        quote_volume:
          row.quote === "ETH" ? null : String(Number(row.volume_24h) * Number(row.last_price)),
        trade_count: 1,
      }));
    if (this.turnBoard) symbols.reverse();
    const now = Date.now();
    const [from, to] = [now - 1440 * MINUTE_MS, now].map((ms) => new Date(ms).toISOString());
    return { from, to, by: "quote_volume", symbols };
  }

  /** @param {URLSearchParams} query */
  #listing(query) {
    const symbol = query.get("symbol") ?? "";
    const listing = this.market.listings.get(symbol);
    if (listing !== undefined) return listing;
    const detail = `\`${symbol}\` is not known here. List the symbols, or import it first.`;
    throw new Refusal(404, "unknown_symbol", "There is no such symbol", detail);
  }

  /** @param {URLSearchParams} query */
  #candles(query) {
    const { row, candles } = this.#listing(query);
    const interval = query.get("interval") ?? "";
    const limit = Number(query.get("limit") ?? 500);
    const from = Date.parse(query.get("from") ?? "1900-01-01T00:00:00Z");
    const before = Date.parse(query.get("cursor") ?? "2900-01-01T00:00:00Z");
    const all = (candles.get(interval) ?? []).filter(
      ({ open_time }) => Date.parse(open_time) >= from && Date.parse(open_time) < before,
    );
    if (query.get("order") === "desc") all.reverse();
    const page = all.slice(0, limit);
    const next = all.length > limit ? page.at(-1)?.open_time : null;
    return { symbol: row.symbol, interval, candles: page, next };
  }

  /** A hole, a repaired run and a quiet one in what is else whole. @param {URLSearchParams} query */
  #coverage(query) {
    const { row, candles } = this.#listing(query);
    const interval = query.get("interval") ?? "";
    const all = candles.get(interval) ?? [];
    const [first, last] = [all[0], all.at(-1)];
    const bare = { symbol: row.symbol, interval, from: null, to: null, next: null };
    const none = { traded: 0, empty: 0, venue_down: 0, missing: 0, repaired: 0 };
    if (first === undefined || last === undefined) {
      return { ...bare, ratio: "1", complete: true, expected: 0, counts: none, ranges: [] };
    }
    const expected = all.length;
    const statuses = ["traded", "missing", "repaired", "traded", "empty", "traded"];
    const ends = [0, 0.4, 0.42, 0.55, 0.8, 0.86, 1].map((share) => Math.round(share * expected));
    const time = (/** @type {number} */ at) => all[at]?.open_time ?? last.close_time;
    const ranges = statuses.map((status, at) => ({
      from: time(ends[at] ?? 0),
      to: time(ends[at + 1] ?? 0),
      status,
      source: status === "repaired" ? "klines" : null,
      candles: (ends[at + 1] ?? 0) - (ends[at] ?? 0),
    }));
    /** @type {Record<string, number>} */
    const counts = { ...none };
    for (const range of ranges) counts[range.status] = (counts[range.status] ?? 0) + range.candles;
    const ratio = String(Math.floor((1 - (counts.missing ?? 0) / expected) * 1e6) / 1e6);
    const [from, to] = [first.open_time, last.close_time];
    return { ...bare, from, to, ratio, complete: false, expected, counts, ranges };
  }

  /** @param {URLSearchParams} query */
  #ticks(query) {
    const { row, ticks } = this.#listing(query);
    const page = ticks.toReversed().slice(0, Number(query.get("limit") ?? 500));
    return { symbol: row.symbol, ticks: page, next: null };
  }
}

/** @param {import("node:http").ServerResponse} response @param {number} status @param {string} type @param {string | Buffer} body */
function send(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
}

/** @param {import("node:http").IncomingMessage} request */
async function text(request) {
  let sent = "";
  for await (const part of request) sent += part;
  return sent;
}
