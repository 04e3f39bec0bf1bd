// Webhooks of the mock server: what is sent to one becomes an order as the template says, as far as
// the tests need it, and is kept in its log.
import { randomUUID } from "node:crypto";

import { Refusal } from "./refusal.mjs";

const NEEDED = ["symbol", "side"];
const USUAL = {
  ...{ id: "{{id|alert_id?}}", interval: "{{interval?}}", kind: "{{kind|type?}}" },
  ...{ limit_price: "{{limit_price?}}", quote_quantity: "{{quote_quantity?}}" },
  quantity: "{{strategy.order.contracts|contracts|quantity|qty?}}",
  side: "{{strategy.order.action|action|side}}",
  ...{ stop_price: "{{stop_price?}}", symbol: "{{ticker|symbol}}" },
  time_in_force: "{{time_in_force?}}",
};
const now = () => new Date().toISOString();
const unknown = (/** @type {string} */ what) =>
  new Refusal(404, `unknown_${what}`, `There is no such ${what}`, `there is no such ${what}`);

/** @param {any} template */
function checkTemplate(template) {
  const missing = NEEDED.find((field) => !(field in template));
  if (missing === undefined) return;
  const detail = `template.${missing}: an order needs it`;
  const refusal = new Refusal(400, "invalid_template", "Not a template of an order", detail);
  Object.assign(refusal.body, { parameter: "template" });
  throw refusal;
}

/** The fields of an order. @param {Record<string, string>} template @param {Record<string, string>} alert */
function filled(template, alert) {
  const put = (/** @type {string} */ field, /** @type {string} */ text) =>
    text.replace(/\{\{([^{}]*)\}\}/g, (_, /** @type {string} */ place) => {
      const names = place.replace(/\?\s*$/, "").split("|");
      const name = names.find((each) => each.trim() in alert);
      if (name !== undefined) return String(alert[name.trim()]);
      if (place.trim().endsWith("?")) return "";
      const needs = `which the template's ${field} needs`;
      throw new Refusal(
        ...[400, "invalid_alert", "The alert makes no order"],
        `the alert has no ${place}, ${needs}`,
      );
    });
  const fields = Object.entries(template).map(([field, text]) => [field, put(field, text)]);
  return Object.fromEntries(fields.filter(([, value]) => value !== ""));
}

/** The webhooks of a server's bots. */
export class Hooks {
  /** @type {any[]} */
  all = [];
  /** By webhook, newest first. @type {Map<string, any[]>} */
  logs = new Map();
  /** By webhook. @type {Map<string, string>} */
  #secrets = new Map();
  /** Places an order. @type {(terms: any) => any} */
  place = () => undefined;

  /** @param {string | undefined} method @param {any} bot @param {string[]} rest @param {any} body @param {URLSearchParams} query */
  answer(method, bot, [id, more, alert], body, query) {
    if (id === undefined && method === "GET") {
      return { webhooks: this.all.filter((each) => each.bot === bot.id) };
    }
    if (id === undefined) return this.make(bot, body);
    const hook = this.all.find((each) => each.id === id && each.bot === bot.id);
    if (hook === undefined) throw unknown("webhook");
    if (alert !== undefined) return this.#act(hook, bot, this.#entry(id, alert));
    if (more === "log") return this.#page(id, query);
    if (more === "rotate") return this.#told(hook);
    if (method === "DELETE") {
      this.all = this.all.filter((each) => each !== hook);
      return undefined;
    }
    if (body.template) checkTemplate(body.template);
    return Object.assign(hook, body, { updated_at: now() });
  }

  /** @param {any} bot @param {any} body */
  make(bot, body) {
    checkTemplate(body.template ?? USUAL);
    const id = randomUUID();
    const hook = {
      ...{ id, bot: bot.id, path: `/hooks/${id}`, enabled: true, template: USUAL },
      ...{ created_at: now(), updated_at: now(), ...body },
    };
    this.all.push(hook);
    this.logs.set(id, []);
    return this.#told(hook);
  }

  /** Takes an alert. @param {any[]} bots @param {import("node:http").IncomingMessage} request @param {URL} url @param {string} text */
  take(bots, { headers }, url, text) {
    const id = url.pathname.slice("/hooks/".length);
    const hook = this.all.find((each) => each.id === id);
    const { secret: inside, ...alert } = JSON.parse(text);
    const secret = url.searchParams.get("secret") ?? inside;
    if (hook === undefined || this.#secrets.get(id) !== secret) throw unknown("webhook");
    if (!hook.enabled) {
      const detail = "the webhook takes no alerts now";
      throw new Refusal(409, "webhook_disabled", "The webhook is switched off", detail);
    }
    const entry = {
      ...{ id: randomUUID(), received_at: now(), ip: "127.0.0.1", alert },
      ...{ body: text.replaceAll(secret, "…"), content_type: headers["content-type"] ?? null },
      user_agent: headers["user-agent"] ?? null,
    };
    this.logs.get(id)?.unshift(entry);
    const bot = bots.find((each) => each.id === hook.bot);
    const { outcome, order, code, reason } = this.#act(hook, bot, entry);
    if (code !== null) throw new Refusal(400, code, "The alert makes no order", reason);
    return { id: entry.id, outcome, order };
  }

  /** @param {any} hook @param {any} bot @param {any} entry */
  #act(hook, bot, entry) {
    try {
      const { id, symbol, ...fields } = filled(hook.template, entry.alert);
      const [venue, code] = symbol.includes(":") ? symbol.split(":") : ["replay", symbol];
      const known = this.logs
        .get(hook.id)
        ?.some((each) => each !== entry && id && each.alert.id === id && each.order);
      const order = this.place({
        ...{ bot: bot.id, account: bot.account, kind: "market", ...fields },
        symbol: `${venue.toLowerCase()}:${code}`,
        client_order_id: `hook:${id ?? entry.id}`,
      });
      const outcome = known ? "repeated" : "placed";
      const became = { outcome, order: order.id, order_status: order.status };
      Object.assign(entry, { ...became, code: null, reason: null });
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      const { code, detail: reason } = thrown.body;
      const became = { outcome: "refused", order: null, order_status: null };
      Object.assign(entry, { ...became, code, reason });
    }
    return this.#shown(entry);
  }

  /** @param {any} entry */
  #shown(entry) {
    return { first: entry.id, ...entry, alert: undefined };
  }

  /** @param {string} hook @param {string} alert */
  #entry(hook, alert) {
    const found = this.logs.get(hook)?.find((each) => each.id === alert);
    if (found === undefined) throw unknown("alert");
    return found;
  }

  /** @param {string} id @param {URLSearchParams} query */
  #page(id, query) {
    const all = this.logs.get(id) ?? [];
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit") ?? 100);
    const alerts = all.slice(from, to).map((each) => this.#shown(each));
    return { alerts, next: to < all.length ? String(to) : null };
  }

  /** With a new secret. @param {any} hook */
  #told(hook) {
    const secret = `chw_${randomUUID().replaceAll("-", "")}`;
    this.#secrets.set(hook.id, secret);
    hook.beginning = secret.slice(0, 10);
    return { ...hook, secret };
  }
}
