// The people of the mock server: logging in, sessions, users and the record, as the product answers.
import { randomUUID } from "node:crypto";

import { Credentials } from "./credentials.mjs";
import { Refusal } from "./refusal.mjs";

/** @typedef {{id: string, email: string, display_name: string | null, role: string, password: string, active: boolean, email_verified: boolean, created_at: string, last_login_at: string | null}} Person */

export const ADMIN = { email: "ada@example.com", password: "correct horse battery" };
export const VIEWER = { email: "vic@example.com", password: "a lantern in the fog" };

/** What every mail says. */
export const CODE = "7K3M-9QXT-2BHC";

const COOKIE = "chandlery_session";
const LOCK_AFTER = 3;
const LOCK_S = 840;
const HOUR_MS = 3_600_000;
/** @type {Record<string, string[]>} */
const SCOPES = {
  admin: [
    "market:read",
    "points:write",
    "ops:read",
    "account",
    "users",
    "audit:read",
    "bots:read",
    "bots:write",
    "orders:read",
    "orders:write",
  ],
  trader: [
    "market:read",
    "points:write",
    "ops:read",
    "account",
    "bots:read",
    "bots:write",
    "orders:read",
    "orders:write",
  ],
  analyst: ["market:read", "points:write", "ops:read", "account", "bots:read", "orders:read"],
  viewer: ["market:read", "account", "bots:read"],
};
const BROWSER =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

const ago = (/** @type {number} */ hours) => new Date(Date.now() - hours * HOUR_MS).toISOString();
const unauthorized = () =>
  new Refusal(401, "unauthorized", "The request needs a login or a token", "log in first");

/** @param {string} email @param {string} role @param {string} password @param {string | null} display_name @returns {Person} */
const person = (email, role, password, display_name = null) => ({
  ...{ id: randomUUID(), email, display_name, role, password, active: true, email_verified: false },
  ...{ created_at: ago(2_000), last_login_at: null },
});

/** What it knows and what it does; a new one for each test. */
export class Accounts {
  /** Whether it has a mail server. */
  mails = true;
  /** Whether the market needs a login. */
  closed = false;
  /** @type {Person[]} */
  people = [
    person(ADMIN.email, "admin", ADMIN.password, "Ada Lovelace"),
    person(VIEWER.email, "viewer", VIEWER.password),
  ];
  /** By secret. @type {Map<string, any>} */
  sessions = new Map();
  /** Newest first. @type {any[]} */
  entries = [];
  credentials = new Credentials();
  #refused = 0;

  constructor() {
    for (let hours = 120; hours > 0; hours -= 1) {
      const [admin, viewer] = this.people;
      const change = { before: { role: "viewer" }, after: { role: "analyst" } };
      const what =
        hours % 3 === 0 ? { action: "user.change", ...change } : { action: "user.login" };
      this.#note({ ...what, at: ago(hours), user_id: admin?.id, resource: viewer?.id });
    }
    this.#begin(this.people[0], BROWSER, "192.0.2.17");
    this.#begin(this.people[0], "curl/8.5.0", "2001:db8::5");
  }

  /** @param {any} entry */
  #note(entry) {
    const where = { ip: "127.0.0.1", user_agent: "curl/8.5.0", session_id: null };
    const rest = { outcome: "ok", before: null, after: null, at: new Date().toISOString() };
    this.entries.unshift({ ...where, ...rest, ...entry });
  }

  /** @param {any} user @param {string} user_agent @param {string} ip */
  #begin(user, user_agent, ip) {
    const secret = randomUUID();
    const times = {
      created_at: ago(30),
      last_used_at: ago(0),
      expires_at: ago(-24),
      ends_at: ago(-690),
    };
    this.sessions.set(secret, { user, session: { id: randomUUID(), ...times, ip, user_agent } });
    return secret;
  }

  /** @param {import("node:http").IncomingMessage} request */
  known({ headers }) {
    const cookie = new RegExp(`${COOKIE}=([^;]+)`).exec(headers.cookie ?? "")?.[1];
    return this.sessions.get(cookie ?? "");
  }

  /** Refuses the market where it needs a login and there is none. @param {import("node:http").IncomingMessage} request */
  guard(request) {
    const key = /^Bearer (chk_.+)/.exec(request.headers.authorization ?? "")?.[1];
    if (key !== undefined && !this.credentials.opens(key)) throw unauthorized();
    if (this.closed && this.known(request) === undefined) throw unauthorized();
  }

  /** Refuses whoever may not read or change bots or orders. @param {import("node:http").IncomingMessage} request @param {string} what */
  needs(request, what) {
    const known = this.known(request);
    if (known === undefined) throw unauthorized();
    const scope = `${what}:${request.method === "GET" ? "read" : "write"}`;
    if (SCOPES[known.user.role]?.includes(scope)) return;
    throw new Refusal(403, "forbidden", "The role may not do that", `the role has no ${scope}`);
  }

  /** @param {import("node:http").IncomingMessage} request @param {URL} url @param {any} body @param {import("node:http").ServerResponse} response @returns {object | undefined} */
  answer(request, url, body, response) {
    const what = `${request.method} ${url.pathname.slice("/v1/auth/".length)}`;
    if (what === "GET oidc") return { providers: [] };
    if (what === "POST login") return this.#login(body, request, response);
    if (what === "POST login/second")
      return this.#enter(this.credentials.redeem(body), request, response);
    if (/reset|setup/.test(what)) return this.#byCode(what, body);
    const known = this.known(request);
    if (known === undefined) throw unauthorized();
    const [, id] = /^\w+ (?:sessions|users|keys)\/(.+)$/.exec(what) ?? [];
    const route = id === undefined ? what : what.replace(id, "*");
    const own = this.credentials.routes[route];
    if (own !== undefined) return own(known, body, id ?? "");
    switch (route) {
      case "GET me":
        return me(known);
      case "GET identities":
        return { identities: [] };
      case "POST verify/request":
        return this.#mail();
      case "POST verify/confirm":
        this.#redeem(body);
        known.user.email_verified = true;
        return;
      case "POST logout":
        return this.#end((each) => each === known);
      case "GET sessions":
        return { sessions: this.#of(known).map((each) => sessionBody(each, known)) };
      case "DELETE sessions":
        return this.#end((each) => each.user === known.user && each !== known);
      case "DELETE sessions/*":
        return this.#end((each) => each.session.id === id);
      case "POST password":
        return this.#password(known, body);
    }
    if (known.user.role !== "admin") {
      throw new Refusal(
        403,
        "forbidden",
        "The role may not do that",
        "the role has no scope users",
      );
    }
    switch (route) {
      case "GET users":
        return { users: this.people.map(userBody) };
      case "POST users":
        return this.#create(known, body);
      case "PATCH users/*":
        return this.#change(known, id ?? "", body);
      case "GET audit":
        return this.#audit(url.searchParams);
      case "GET usage":
        return this.#usage(known, url.searchParams);
    }
    throw new Refusal(404, "not_found", "No such page", `There is nothing at ${url.pathname}.`);
  }

  /** @param {any} body @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  #login({ email, password }, request, response) {
    if (this.#refused >= LOCK_AFTER) {
      response.setHeader("Retry-After", LOCK_S);
      const detail = "too many logins were refused; this address may try again in 14 min";
      throw new Refusal(429, "login_locked", "Too many logins were refused", detail);
    }
    const user = this.people.find((each) => each.email === email && each.active);
    if (user?.password !== password || user === undefined) {
      this.#refused += 1;
      this.#note({ action: "user.login", outcome: "refused", user_id: null, resource: email });
      const detail = "the address or the password is wrong, or the account is closed";
      throw new Refusal(401, "login_refused", "The address or the password is wrong", detail);
    }
    this.credentials.needsCode(user);
    return this.#enter(user, request, response);
  }

  /** @param {any} user @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  #enter(user, request, response) {
    user.last_login_at = ago(0);
    const secret = this.#begin(user, request.headers["user-agent"] ?? "", "127.0.0.1");
    response.setHeader("Set-Cookie", `${COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict`);
    return me(this.sessions.get(secret));
  }

  /** @returns {undefined} */
  #mail() {
    if (this.mails) return;
    const detail =
      "this server sends no mail; ask whoever runs it for a code, or them to set [mail]";
    throw new Refusal(409, "no_mail", "The server sends no mail", detail);
  }

  /** @param {{code: string}} body */
  #redeem({ code }) {
    if (code === CODE) return;
    const detail = "the code is wrong, was used, or is too old; ask for another one";
    throw new Refusal(400, "invalid_code", "The code is wrong, used or too old", detail);
  }

  /** @param {string} what @param {any} body */
  #byCode(what, body) {
    if (what === "POST reset/request") return this.#mail();
    this.#redeem(body);
    if (what === "POST setup") {
      const admin = person(body.email, "admin", body.password);
      this.people = [admin];
      return userBody(admin);
    }
    const user = this.people.find(({ email }) => email === body.email);
    if (user !== undefined) user.password = body.password;
    return undefined;
  }

  /** @param {any} known */
  #of(known) {
    return [...this.sessions.values()].filter(({ user }) => user === known.user).toReversed();
  }

  /** @param {(known: any) => boolean} which @returns {undefined} */
  #end(which) {
    for (const [secret, each] of this.sessions) if (which(each)) this.sessions.delete(secret);
  }

  /** @param {any} known @param {any} body */
  #password(known, body) {
    if (body.old !== known.user.password) {
      const detail = "the address or the password is wrong, or the account is closed";
      throw new Refusal(401, "login_refused", "The address or the password is wrong", detail);
    }
    if (new Set(body.new).size < 5) {
      const detail = "a password has at least 5 different characters";
      throw new Refusal(400, "invalid_password", "Not a password that is taken", detail);
    }
    known.user.password = body.new;
    return this.#end((each) => each.user === known.user && each !== known);
  }

  /** @param {any} known @param {any} body */
  #create(known, { email, role, password, display_name = null }) {
    if (this.people.some((each) => each.email === email)) {
      const detail = `somebody has the address ${email} already`;
      throw new Refusal(409, "email_taken", "Somebody has this address", detail);
    }
    const made = person(email, role, password, display_name);
    this.people.push(made);
    this.#note({
      action: "user.create",
      user_id: known.user.id,
      resource: made.id,
      after: { email, role },
    });
    return userBody(made);
  }

  /** @param {any} known @param {string} id @param {any} body */
  #change(known, id, body) {
    const user = this.people.find((each) => each.id === id);
    if (user === undefined) throw new Refusal(404, "unknown_user", "There is no such person", id);
    const admins = this.people.filter((each) => each.role === "admin" && each.active);
    const stays = (body.role ?? "admin") === "admin" && body.active !== false;
    if (user.role === "admin" && admins.length === 1 && !stays) {
      const detail = "this is the last administrator; make another one first";
      throw new Refusal(409, "last_admin", "Nobody would be left who manages people", detail);
    }
    const before = { role: user.role, active: user.active };
    Object.assign(user, body);
    const after = { role: user.role, active: user.active };
    this.#note({ action: "user.change", user_id: known.user.id, resource: id, before, after });
    return userBody(user);
  }

  /** @param {any} known @param {URLSearchParams} query */
  #usage(known, query) {
    const hour = ago(1).replace(/:.*/, ":00:00Z");
    const asked = (/** @type {any} */ rest) => ({ hour, user_id: null, key_id: null, ...rest });
    const counts = [
      asked({ method: "GET", path: "/v1/market/candles", requests: 12345 }),
      asked({ user_id: known.user.id, method: "GET", path: "/v1/auth/usage", requests: 3 }),
      asked({
        user_id: known.user.id,
        key_id: "k1",
        method: "GET",
        path: "/metrics",
        requests: 60,
      }),
    ];
    const user = query.get("user");
    return { counts: counts.filter((each) => user === null || each.user_id === user), more: false };
  }

  /** @param {URLSearchParams} query */
  #audit(query) {
    const from = Number(query.get("cursor") ?? 0);
    const limit = Number(query.get("limit") ?? 100);
    const is = (/** @type {string} */ name, /** @type {unknown} */ value) =>
      !query.has(name) || query.get(name) === value;
    const found = this.entries.filter(
      (each) =>
        is("user", each.user_id) &&
        is("action", each.action) &&
        is("resource", each.resource) &&
        is("ip", each.ip) &&
        each.at >= (query.get("from") ?? "") &&
        each.at < (query.get("to") ?? "9"),
    );
    const next = found.length > from + limit ? String(from + limit) : null;
    return { entries: found.slice(from, from + limit), next };
  }
}

/** @param {Person} user */
function userBody(user) {
  return { ...user, password: undefined, scopes: SCOPES[user.role] };
}

/** @param {any} each @param {any} known */
function sessionBody(each, known) {
  return { ...each.session, current: each === known };
}

/** @param {any} known */
function me(known) {
  return { user: userBody(known.user), session: sessionBody(known, known) };
}
