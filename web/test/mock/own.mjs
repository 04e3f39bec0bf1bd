// What the mock server's people prefer, and the lists of symbols that they watch.
import { randomUUID } from "node:crypto";

import { Refusal } from "./refusal.mjs";

const DEFAULTS = {
  theme: "dark",
  default_symbol: "binance:BTCUSDT",
  default_interval: "1h",
  timezone: "UTC",
  notifications: {},
};

/** New for each test. */
export class Own {
  /** Whether it fails. */
  fails = false;
  /** What holds for whoever chose nothing. */
  defaults = { ...DEFAULTS };
  /** By person. @type {Map<string, any>} */
  #preferences = new Map();
  /** Of all people. @type {any[]} */
  lists = [];

  /** @param {any} user @param {string | undefined} method @param {URL} url @param {any} body @returns {object | undefined} */
  answer(user, method, url, body) {
    if (user === undefined) {
      throw new Refusal(401, "unauthorized", "The request needs a login or a token", "log in");
    }
    if (this.fails) {
      throw new Refusal(503, "timeout", "The answer took too long", "try again soon");
    }
    const [, , , what, id] = url.pathname.split("/");
    if (what === "preferences") {
      const held = this.#preferences.get(user.id) ?? this.defaults;
      if (method === "GET") return held;
      check(body.default_symbol);
      const changed = { ...held, ...body };
      this.#preferences.set(user.id, changed);
      return changed;
    }
    const lists = this.lists.filter(({ owner }) => owner === user.id);
    if (id === undefined && method === "GET") return { watchlists: lists };
    const list = id === undefined ? this.#make(user) : lists.find((each) => each.id === id);
    if (list === undefined) {
      throw new Refusal(404, "unknown_watchlist", "There is no such watchlist", String(id));
    }
    if (method === "DELETE") {
      this.lists = this.lists.filter((each) => each !== list);
      return undefined;
    }
    for (const symbol of body.symbols ?? []) check(symbol);
    if (lists.some((each) => each !== list && each.name === body.name)) {
      const detail = `there is a watchlist "${body.name}" already`;
      throw new Refusal(409, "watchlist_taken", "Another watchlist has this name", detail);
    }
    if (body.is_default) for (const each of lists) each.is_default = false;
    Object.assign(list, body);
    if (id === undefined) this.lists.push(list);
    return list;
  }

  /** @param {any} user */
  #make(user) {
    const time = new Date().toISOString();
    const empty = { name: "", symbols: [], is_default: false };
    return { id: randomUUID(), owner: user.id, ...empty, created_at: time, updated_at: time };
  }
}

/** @param {string | undefined} symbol */
function check(symbol) {
  if (symbol === undefined || /^[a-z0-9_-]+:[\w./-]+$/.test(symbol)) return;
  const detail = `\`${symbol}\` is not a symbol; write venue:CODE, for example binance:BTCUSDT`;
  throw new Refusal(400, "invalid_symbol", "Not a symbol's name", detail);
}
