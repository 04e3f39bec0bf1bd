// Keys of paper accounts, by which programs made for Binance sign.
import { createHmac } from "node:crypto";

import { VIEWER } from "../mock/accounts.mjs";
import { at, button, enterAt, fits, REFUSED } from "./accounts.mjs";
import { desk, DIALOG, label, row } from "./desk.mjs";
import { check, PHONE, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */
/** @typedef {import("./harness.mjs").Tab} Tab */

/** Asks for the account as a program made for Binance does; gives the answer's status. @param {Tab} tab @param {string} key @param {string} secret */
async function signed(tab, key, secret) {
  const query = `timestamp=${Date.now()}`;
  const signature = createHmac("sha256", secret).update(query).digest("hex");
  const url = `${tab.base}/compat/binance/api/v3/account?${query}&signature=${signature}`;
  return (await fetch(url, { headers: { "X-MBX-APIKEY": key } })).status;
}

/** @type {Test[]} */
export const signingAnywhere = [
  {
    name: "signing keys: one is made, shown once with what programs are told, and revoked",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      await enterAt(tab, "accounts");
      const { account } = await desk(tab);
      await tab.page.reload();
      await row(tab, account.name).getByRole("link", { name: account.name }).click();
      await tab.shows(".listing-empty", "There is no signing key yet");
      await button(tab, "New signing key").click();
      await label(tab, "Name").fill(" ");
      await button(tab, "Make the key").click();
      await tab.shows(`${DIALOG} .field-error`, "name");
      await label(tab, "Name").fill("ccxt on the desk");
      await button(tab, "Make the key").click();
      await tab.shows(`${DIALOG} .once`, "not shown again");
      const shown = (/** @type {string} */ name) => tab.text(`${DIALOG} pre[aria-label="${name}"]`);
      const [key, secret] = [(await shown("Key")).trim(), (await shown("Secret")).trim()];
      check(/^chr_/.test(key) && /^chx_/.test(secret), `key ${key}, secret ${secret}`);
      for (const program of ["ccxt", "python-binance"]) {
        const lines = await shown(program);
        check(lines.includes(key) && lines.includes(secret), `${program} isn't told the key`);
        check(lines.includes(`${tab.base}/compat/binance/api`), `${program} is told elsewhere`);
      }
      await fits(tab);
      await tab.shot("signing-key-made-dark");
      await button(tab, "Done").click();
      // The mock server doesn't stand in for Binance.
      const isReal = tab.base !== mock.url;
      if (isReal) {
        check((await signed(tab, key, secret)) === 200, "the key doesn't open the account");
        await tab.page.reload();
        await row(tab, "ccxt on the desk").filter({ hasText: "127.0.0.1" }).waitFor();
      }
      await tab.page.getByText("What to tell the program").click();
      check(!(await tab.text("main")).includes(secret), "the secret is shown again");
      await fits(tab);
      await tab.shot("account-dark");
      await button(tab, "Revoke ccxt on the desk").click();
      await button(tab, "Revoke it").click();
      await until("no key", async () => (await row(tab, "ccxt on the desk").count()) === 0);
      if (isReal) check((await signed(tab, key, secret)) === 401, "it opens what it opened");
    },
  },
];

/** @type {Test[]} */
export const signingPlayed = [
  {
    name: "signing keys: in light and on a phone, where there are none, and whoever may only look",
    viewport: PHONE,
    colorScheme: "light",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      const [paper, external] = mock.trading.accounts;
      mock.trading.keys.push({
        ...{ id: "1", account: paper.id, name: "freqtrade", beginning: "chr_paWlpa" },
        ...{ created_at: new Date().toISOString(), last_used_at: new Date().toISOString() },
        last_used_ip: "192.0.2.7",
      });
      await enterAt(tab, `accounts/${paper.id}`);
      await row(tab, "freqtrade").waitFor();
      await tab.page.getByText("What to tell the program").click();
      await fits(tab);
      await tab.shot("account-phone-light");
      await button(tab, "New signing key").click();
      await label(tab, "Name").fill("ccxt");
      await button(tab, "Make the key").click();
      await tab.shows(`${DIALOG} .once`, "not shown again");
      await fits(tab);
      await tab.shot("signing-key-made-phone-light");
      await button(tab, "Done").click();
      await tab.page.setViewportSize({ width: 1440, height: 900 });
      await tab.shot("account-light");
      await tab.open(`accounts/${external.id}`);
      await tab.shows("main", "are for paper accounts");
      await tab.open("accounts/none");
      await tab.shows("h2", "There is no such account");
      await tab.page.context().clearCookies();
      await enterAt(tab, `accounts/${paper.id}`, VIEWER);
      await row(tab, "freqtrade").waitFor();
      check((await button(tab, "New signing key").count()) === 0, "a viewer may make keys");
      check((await tab.count(".row-action")) === 0, "a viewer may revoke keys");
      check(at(tab) === `/accounts/${paper.id}`, at(tab));
    },
  },
];
