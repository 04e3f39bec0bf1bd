// Keys for programs and the second factor of the mock server's people.
import { randomUUID } from "node:crypto";

import { Refusal } from "./refusal.mjs";
import { appCode } from "./totp.mjs";

/** Of everybody's app. */
const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const RECOVERY_CODES = Array.from({ length: 10 }, (_, i) => `9QXT-2BHC-7K3${i}`);

const isOfApp = (/** @type {string} */ code) =>
  [0, 30_000].some((ms) => code === appCode(SECRET, Date.now() - ms));
const wrongCode = () =>
  new Refusal(400, "invalid_code", "The code is wrong, used or too old", "the code is wrong");

/** Those of all people; what each route answers, by its name. */
export class Credentials {
  /** @type {any[]} */
  keys = [];
  /** Those whose logins need a code. @type {Map<string, {since: string, codes: Set<string>}>} */
  second = new Map();
  /** Half-done logins by token. @type {Map<string, any>} */
  waiting = new Map();

  /** @type {Record<string, (known: any, body: any, id: string) => object | undefined>} */
  routes = {
    "GET keys": ({ user }) => ({ keys: this.keys.filter(({ owner }) => owner === user.id) }),
    "POST keys": ({ user }, wanted) => {
      if (wanted.addresses.includes("nowhere")) {
        const detail = '"nowhere" is no address or range of addresses such as 192.0.2.0/24';
        throw new Refusal(400, "invalid_key", "Not a key that is made", detail);
      }
      const key = `chk_${randomUUID().replaceAll("-", "")}`;
      const used = { last_used_at: null, last_used_ip: null };
      const made = { id: randomUUID(), beginning: key.slice(0, 10), owner: user.id, ...used };
      const created_at = new Date().toISOString();
      this.keys.push({ expires_at: null, ...wanted, ...made, secret: key, created_at });
      return { ...this.keys.at(-1), key };
    },
    "DELETE keys/*": (_, __, id) => {
      this.keys = this.keys.filter((key) => key.id !== id);
      return undefined;
    },
    "GET totp": ({ user }) => {
      const { since, codes } = this.second.get(user.id) ?? { since: null, codes: new Set() };
      return { enabled: since !== null, since, recovery_codes: codes.size };
    },
    "POST totp": ({ user }, { password }) => {
      own(user, password);
      return {
        secret: SECRET,
        url: "otpauth://totp/Chandlery",
        qr_svg:
          '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1,1h3v3h-3zM5,5h3v3h-3z"/></svg>',
      };
    },
    "POST totp/confirm": ({ user }, { code }) => {
      if (!isOfApp(code)) throw wrongCode();
      const since = new Date().toISOString();
      this.second.set(user.id, { since, codes: new Set(RECOVERY_CODES) });
      return { recovery_codes: RECOVERY_CODES };
    },
    "POST totp/disable": ({ user }, { password }) => {
      own(user, password);
      this.second.delete(user.id);
      return undefined;
    },
  };

  /** @param {string} key */
  opens(key) {
    return this.keys.some(({ secret }) => secret === key);
  }

  /** Refuses a login whose second step is to come. @param {any} user */
  needsCode(user) {
    if (!this.second.has(user.id)) return;
    const token = `chp_${randomUUID()}`;
    this.waiting.set(token, user);
    const refusal = new Refusal(
      401,
      "second_factor_required",
      "The password was right; a code is to follow",
      "send a code: POST /v1/auth/login/second",
    );
    Object.assign(refusal.body, { token });
    throw refusal;
  }

  /** Whose second step it is. @param {{token: string, code: string}} step */
  redeem({ token, code }) {
    const user = this.waiting.get(token);
    if (user !== undefined && (isOfApp(code) || this.second.get(user.id)?.codes.delete(code))) {
      return user;
    }
    throw new Refusal(401, "login_refused", "The address or the password is wrong", "or the code");
  }
}

/** @param {any} user @param {string} password */
function own(user, password) {
  if (user.password === password) return;
  const detail = "the address or the password is wrong, or the account is closed";
  throw new Refusal(401, "login_refused", "The address or the password is wrong", detail);
}
