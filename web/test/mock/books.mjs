// Orders, trades and balances of the mock server: what is placed, amended, cancelled and deposited
// stays so, and sums come from what there is.
import { randomUUID } from "node:crypto";

import { importsOf } from "./imports.mjs";
import { Refusal } from "./refusal.mjs";

/** @typedef {import("./trading.mjs").Trading} Trading */
/** @typedef {import("./market.mjs").Market} Market */

const MINUTE_MS = 60_000;
const at = (/** @type {number} */ ms) => new Date(ms).toISOString();
/** What lists are searched by, word for word. */
const SOUGHT = [
  ...["account", "bot", "symbol", "side", "status", "strategy", "direction"],
  ...["entry_logic", "exit_logic", "exit_reason", "interval"],
];
const WORKING = ["submitted", "open", "partially_filled"];
const unknown = (/** @type {string} */ what) =>
  new Refusal(404, `unknown_${what}`, `There is no such ${what}`, `there is no such ${what}`);

/** Cents as a decimal. @param {number} cents */
const money = (cents) => (cents / 100).toFixed(2);

/** Whether a trade won, by its sign. @param {{ net_pnl?: string }} trade */
function result({ net_pnl }) {
  return String(net_pnl).startsWith("-") ? "loss" : "profit";
}

/** What there is for the tests; a new one for each. */
export class Books {
  /** Whether its lists are empty. */
  empty = false;
  /** Newest first. @type {any[]} */
  orders = [];
  /** By order. @type {Map<string, any[]>} */
  fills = new Map();
  /** Newest first. @type {any[]} */
  trades = [];
  /** By account and asset. @type {Map<string, number>} */
  cash = new Map();
  /** Entries that were told, by account and name. @type {Map<string, any>} */
  entries = new Map();

  /** @param {Trading} trading @param {Market} market @param {number} nowMs */
  constructor(trading, market, nowMs) {
    this.trading = trading;
    this.market = market;
    const [cross] = trading.bots;
    const price = this.#price("replay:BTCUSDT");
    for (let i = 0; i < 70; i += 1) {
      const entered = nowMs - (80 - i) * 7 * MINUTE_MS;
      const won = ((i * 37) % 23) - 9;
      this.#trade(cross, entered, entered + 5 * MINUTE_MS, price - won * 4, won);
    }
    this.#trade(cross, nowMs - 6 * MINUTE_MS, null, price, 0);
    const paper = cross.account;
    this.cash.set(`${paper} USDT`, 987_654);
    this.cash.set(`${paper} BTC`, 25);
    this.cash.set(`${trading.accounts[1]?.id} LUNA`, 120_000);
    this.#order({ account: paper, bot: cross.id, side: "sell", kind: "limit", status: "open" });
  }

  /** @param {string} symbol */
  #price(symbol) {
    return Math.round(Number(this.market.listings.get(symbol)?.row.last_price ?? 100));
  }

  /** @param {any} more */
  #order(more) {
    const order = {
      ...{ id: randomUUID(), bot: null, client_order_id: `cross-${this.orders.length}` },
      ...{ exchange_metadata: {}, filled: "0", filled_quote: "0", mode: "spot" },
      ...{ time_in_force: "gtc", reduce_only: false, leverage: "1" },
      ...{ trail_distance: null, trail_percent: null, reject_code: null, reason: null },
      ...{ entry_logic: null, exit_logic: null, interval: null, exit_reason: null },
      ...{ limit_price: String(this.#price("replay:BTCUSDT") + 900), stop_price: null },
      ...{ placed_at: at(Date.now()), updated_at: at(Date.now()), quantity: "0.25" },
      ...{ quote_quantity: null, strategy: "Cross", symbol: "replay:BTCUSDT", version: 2 },
      ...{ venue_order_id: String(4_000_000 + this.orders.length), ...more },
    };
    this.orders.unshift(order);
    return order;
  }

  /** Quarter of a coin in and out, `won` units of price later. @param {any} bot @param {number} from @param {number | null} to @param {number} price @param {number} won */
  #trade(bot, from, to, price, won) {
    const filled = (
      /** @type {string} */ side,
      /** @type {number} */ ms,
      /** @type {number} */ p,
    ) => {
      const order = this.#order({
        ...{ account: bot.account, bot: bot.id, side, kind: "market", status: "filled" },
        ...{ limit_price: null, filled: "0.25", filled_quote: money(p * 25), version: 5 },
        ...{ placed_at: at(ms), updated_at: at(ms) },
      });
      const fees = [{ asset: "USDT", amount: "0.15" }];
      const venue_trade_id = String(9_000_000 + this.fills.size);
      const fill = { fees, liquidity: "taker", price: String(p), venue_trade_id, time: at(ms) };
      this.fills.set(order.id, [
        { ...fill, quantity: "0.10", quote: money(p * 10), fees: [] },
        { ...fill, quantity: "0.15", quote: money(p * 15), venue_trade_id: `${venue_trade_id}b` },
      ]);
      return order.id;
    };
    const entry = filled("buy", from, price);
    const exit = to === null ? null : filled("sell", to, price + won * 4);
    this.trades.unshift({
      ...{ id: randomUUID(), account: bot.account, bot: bot.id, symbol: "replay:BTCUSDT" },
      ...{ direction: "long", status: to === null ? "open" : "closed", size: "0.25" },
      ...{ entry_time: at(from), exit_time: to === null ? null : at(to) },
      ...{ entry_price: String(price), exit_price: to === null ? null : String(price + won * 4) },
      ...{ gross_pnl: money(won * 100), commission: to === null ? "0.15" : "0.30", funding: "0" },
      ...{ net_pnl: money(won * 100 - (to === null ? 15 : 30)), other_fees: {}, interval: "1m" },
      pnl_ratio: ((won - 0.3) / (price / 4)).toFixed(18),
      ...{ strategy: "Cross", entry_logic: "fast above slow", exit_logic: "fast below slow" },
      exit_reason: to === null ? null : won > 0 ? "signal" : "stop",
      orders: [entry, exit],
    });
  }

  /** @param {string | undefined} method @param {URL} url @param {any} body @returns {object | undefined} */
  answer(method, url, body) {
    const [, , , what, id, more] = url.pathname.split("/");
    const query = url.searchParams;
    if (what === "orders") return this.#orders(method, id, more, body, query);
    if (what === "trades") return this.#trips(query);
    if (what === "imports") return this.#imports(id, query);
    if (what === "positions" && id !== undefined) return this.#explain([this.#tripOf(id)], id);
    if (what === "positions") return this.#positions(query);
    if (what === "accounts") return this.#account(String(id), more, body);
    if (what === "performance") return this.#performance(query);
    if (what === "equity") return this.#equity(query);
    if (what === "portfolio") return this.#portfolio(query);
    if (what === "explain")
      return this.#explain(this.#fitting(this.trades, query).slice(0, 20), null);
    throw new Refusal(404, "not_found", "No such page", `There is nothing at ${url.pathname}.`);
  }

  /** @param {any[]} all @param {URLSearchParams} query @param {string} [time] */
  #fitting(all, query, time = "entry_time") {
    if (this.empty) return [];
    const is = (/** @type {any} */ each, /** @type {string} */ name) =>
      !query.has(name) || (query.get(name) ?? "").split(",").includes(each[name]);
    return all.filter(
      (each) =>
        SOUGHT.every((name) => is(each, name)) &&
        (query.get("result") ?? result(each)) === result(each) &&
        each[time] >= (query.get("from") ?? "") &&
        each[time] < (query.get("to") ?? "9"),
    );
  }

  /** @param {string | undefined} id @param {URLSearchParams} query */
  #imports(id, query) {
    const all = this.empty ? [] : importsOf(this.trading, this.orders, this.trades);
    const shown = all.map((each) => ({ ...each, report: undefined }));
    if (id === undefined) return this.#page(shown, query, "imports");
    const found = all.find((each) => each.id === id);
    if (found === undefined) throw unknown("import");
    return found;
  }

  /** @param {any[]} all @param {URLSearchParams} query @param {string} name */
  #page(all, query, name) {
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit") ?? 100);
    return { [name]: all.slice(from, to), next: to < all.length ? String(to) : null };
  }

  /** @param {string | undefined} method @param {string | undefined} id @param {string | undefined} more @param {any} body @param {URLSearchParams} query */
  #orders(method, id, more, body, query) {
    if (id === undefined && method === "GET") {
      return this.#page(this.#fitting(this.orders, query, "placed_at"), query, "orders");
    }
    if (id === undefined) return this.#place(body);
    const order = this.orders.find((each) => each.id === id);
    if (order === undefined) throw unknown("order");
    if (more === "fills") return { fills: this.fills.get(id) ?? [] };
    if (more === "events") return { events: this.#events(order), next: null };
    if (method === "GET") return order;
    if (more === "reports") {
      order.status = body.kind === "accepted" ? "open" : body.kind;
      return order;
    }
    const allowed = method === "PATCH" ? WORKING.slice(1) : WORKING;
    if (!allowed.includes(order.status)) {
      const detail = `${method === "PATCH" ? "amended" : "cancel_requested"}: the order is ${order.status}`;
      throw new Refusal(409, "wrong_state", "The order can't do that now", detail);
    }
    if (method === "PATCH") this.#checkQuantity(body.quantity);
    Object.assign(order, method === "PATCH" ? body : { status: "cancel_requested" });
    Object.assign(order, { version: order.version + 1, updated_at: at(Date.now()) });
    return order;
  }

  /** As many as the order had, by what is known of it. @param {any} order */
  #events(order) {
    const { side, kind, quantity, quote_quantity, limit_price, status } = order;
    const terms = { side, kind, quantity, quote_quantity, limit_price };
    const fills = this.fills.get(order.id) ?? [];
    const of = (/** @type {string} */ kind, /** @type {object} */ more = {}) => ({ kind, ...more });
    const all = [
      of("placed", { terms, base: "BTC", quote: "USDT" }),
      of("submitted"),
      ...(order.venue_order_id ? [of("accepted", { venue_order_id: order.venue_order_id })] : []),
      ...fills.map((fill) => of("filled", { fill })),
      ...(/cancel/.test(status) ? [of("cancel_requested")] : []),
    ];
    return (status === "new" ? all.slice(0, 1) : all).map((body, i) => ({
      ...{ version: i + 1, kind: body.kind, recorded_at: order.placed_at, event: 100 + i, body },
      hash: "5d1a2b0c7c0f4a2b93fb1f1a0c0b64f7b5f0e3b8b8f24c3a2f7a5a8d4e0f9c61",
    }));
  }

  /** @param {any} body */
  #place(body) {
    const known = this.orders.find((each) => each.client_order_id === body.client_order_id);
    if (known !== undefined) return known;
    if (!this.market.listings.has(body.symbol)) {
      const detail = `symbol ${body.symbol} is not known`;
      throw new Refusal(422, "unknown_symbol", "There is no such symbol", detail);
    }
    this.#checkQuantity(body.quantity);
    const rest = { quantity: null, limit_price: null, stop_price: null, quote_quantity: null };
    return this.#order({
      ...{ ...rest, strategy: null, venue_order_id: null, version: 1, ...body },
      status: "new",
      // As the product answers: what was sent, and no more.
      ...{ time_in_force: undefined, leverage: undefined, reduce_only: undefined },
    });
  }

  /** @param {string | undefined} quantity */
  #checkQuantity(quantity) {
    if (quantity === undefined || Number(quantity) > 0) return;
    const detail = `quantity is ${quantity}, not above 0`;
    throw new Refusal(422, "not_positive", "Zero or less", detail);
  }

  /** @param {URLSearchParams} query */
  #trips(query) {
    const found = this.#fitting(this.trades, query);
    return this.#page(found, query, "trades");
  }

  /** @param {URLSearchParams} query */
  #positions(query) {
    const open = this.#fitting(this.trades, query).map((trade) => {
      const mark = this.#price(trade.symbol);
      const gain = (mark - Number(trade.entry_price)) * 25;
      return {
        ...{ id: trade.id, account: trade.account, bot: trade.bot, symbol: trade.symbol },
        ...{ avg_price: trade.entry_price, closed_at: null, direction: "long", mode: "spot" },
        ...{ opened_at: trade.entry_time, quantity: trade.size, realized_pnl: "0" },
        ...{ status: trade.status, mark_price: `${mark}`, mark_time: at(Date.now()) },
        ...{ mark_age_s: 2, mark_missing: null, unrealised_pnl: money(gain) },
        ...{ unrealised_ratio: (gain / 100 / mark / 0.25).toFixed(18), liquidation_price: null },
      };
    });
    return { positions: open, next: null };
  }

  /** @param {string} id @param {string | undefined} more @param {any} body */
  #account(id, more, body) {
    const own = [...this.cash].filter(([key]) => key.startsWith(id));
    if (more === "balances") {
      const named = own.map(([key, cents]) => ({ asset: key.slice(id.length + 1), cents }));
      return {
        balances: named.map(({ asset, cents }) => ({ asset, cash: money(cents), held: "0" })),
      };
    }
    if (!(Number(body.amount) > 0)) {
      const detail = `amount is ${body.amount}, not above 0`;
      throw new Refusal(422, "not_positive", "Zero or less", detail);
    }
    if (this.entries.has(`${id} ${body.id}`)) return undefined;
    this.entries.set(`${id} ${body.id}`, body);
    const key = `${id} ${body.asset}`;
    const cents = Math.round(Number(body.amount) * 100) * (body.kind === "withdrawn" ? -1 : 1);
    this.cash.set(key, (this.cash.get(key) ?? 0) + cents);
    return undefined;
  }

  /** @param {URLSearchParams} query */
  #performance(query) {
    const closed = this.#fitting(this.trades, query).filter(({ status }) => status === "closed");
    const cents = closed.map(({ net_pnl }) => Math.round(Number(net_pnl) * 100));
    const sum = (/** @type {number[]} */ all) => all.reduce((a, b) => a + b, 0);
    const [won, lost] = [cents.filter((c) => c > 0), cents.filter((c) => c < 0)];
    const fees = closed.length * 30;
    const freqtrade = {
      profit_factor_freqtrade: sum(won) / -sum(lost),
      sharpe_freqtrade: 3.412345678,
      max_drawdown_account_freqtrade: 0.0123,
      total_trades_freqtrade: closed.length,
    };
    const empyrical = { sharpe_empyrical: 1.25, sortino_empyrical: null };
    const group = {
      ...{ key: null, trades: closed.length, wins: won.length, losses: lost.length, draws: 0 },
      ...{ win_rate: won.length / closed.length, gross_pnl: money(sum(cents) + fees) },
      ...{ net_pnl: money(sum(cents)), commission: money(fees), funding: "0", other_fees: {} },
      metrics: { freqtrade, empyrical },
    };
    const groups = closed.length === 0 ? [] : [group];
    const rest = { from: null, to: null, starting_balance: "10000", unconverted: [] };
    return { currency: "USDT", groups, ...rest };
  }

  /** @param {URLSearchParams} query */
  #equity(query) {
    const lengths = { minute: [180, MINUTE_MS], hour: [168, 60 * MINUTE_MS] };
    const [count = 365, step = 1440 * MINUTE_MS] =
      lengths[/** @type {keyof typeof lengths} */ (query.get("interval"))] ?? [];
    let [value, peak] = [1_000_000, 1_000_000];
    const points = Array.from({ length: this.empty ? 0 : count }, (_, i) => {
      value += Math.round(Math.sin(i / 7) * 2_000 + Math.sin(i * 1.7) * 1_500 + 300);
      peak = Math.max(peak, value);
      return {
        ...{ time: at(Date.now() - (count - 1 - i) * step), equity: money(value) },
        ...{ realised_pnl: money(value - 1_000_000), unrealised_pnl: "4.25" },
        ...{ drawdown: money(peak - value), drawdown_ratio: (peak - value) / peak },
        unpriced: [],
      };
    });
    return { currency: "USDT", interval: query.get("interval") ?? "day", points, unpriced: [] };
  }

  /** @param {URLSearchParams} query */
  #portfolio(query) {
    const currency = query.get("currency") ?? "USDT";
    const price = this.#price("replay:BTCUSDT");
    const priceOf = (/** @type {string} */ asset) =>
      asset === currency ? 1 : asset === "BTC" ? price : null;
    const assets = [...this.cash].map(([key, cents]) => {
      const asset = key.slice(key.indexOf(" ") + 1);
      const one = priceOf(asset);
      const value = one === null ? null : money(cents * one);
      const shown = one === null ? null : String(one);
      return { asset, cash: money(cents), held: "0", price: shown, price_time: null, value };
    });
    const equity = money(assets.reduce((sum, each) => sum + Number(each.value ?? 0) * 100, 0));
    const [paper] = this.trading.accounts;
    const rest = { unrealised_pnl: "4.25", pnl_today: "-12.30" };
    return {
      ...{ currency, time: at(Date.now()), equity, ...rest, assets: this.empty ? [] : assets },
      accounts: [{ account: paper?.id, name: paper?.name, equity, ...rest, assets }],
      bots: this.trading.bots.slice(0, 1).map((bot) => ({
        ...{ bot: bot.id, name: bot.name, account: bot.account, realised_pnl: "119.00" },
        ...{ ...rest, open_positions: 1 },
      })),
      exposure: [{ symbol: "replay:BTCUSDT", quantity: "0.25", value: money(price * 25), ...rest }],
      unpriced: assets.filter(({ value }) => value === null).map(({ asset }) => asset),
    };
  }

  /** @param {string} id */
  #tripOf(id) {
    const trade = this.trades.find((each) => each.id === id);
    if (trade === undefined) throw unknown("position");
    return trade;
  }

  /** @param {any[]} trades @param {string | null} position */
  #explain(trades, position) {
    let event = 100;
    const lines = trades.flatMap((trade) =>
      trade.orders
        .filter(Boolean)
        .flatMap((/** @type {string} */ order, /** @type {number} */ leg) => {
          const time = leg === 0 ? trade.entry_time : trade.exit_time;
          const shared = {
            ...{ time, recorded_at: time, position: trade.id, symbol: trade.symbol, order },
            ...{ venue_trade_id: this.fills.get(order)?.[0].venue_trade_id, quote: "USDT" },
            event: (event += 1),
          };
          const empty = { leg: null, price: null, quantity: null, asset: null, amount: null };
          const [name, price, profit] =
            leg === 0
              ? ["entry", trade.entry_price, "0"]
              : ["exit", trade.exit_price, trade.gross_pnl];
          return [
            { ...shared, ...empty, kind: "fill", leg: name, price, quantity: "0.25", profit },
            { ...shared, ...empty, kind: "fee", asset: "USDT", amount: "-0.15", profit: "-0.15" },
          ];
        }),
    );
    const sum = (/** @type {string} */ name) =>
      money(trades.reduce((all, each) => all + Math.round(Number(each[name]) * 100), 0));
    const [gross_pnl, commission, total] = ["gross_pnl", "commission", "net_pnl"].map(sum);
    const totals = [{ quote: "USDT", gross_pnl, commission, funding: "0", total }];
    return { position, lines, totals: lines.length === 0 ? [] : totals };
  }
}
