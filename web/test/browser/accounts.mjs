// Logging in, settings and administration. Those that run anywhere need an administrator: the mock
// server's, or on a real server the one that LOGIN_EMAIL and LOGIN_PASSWORD name.
import { readFile } from "node:fs/promises";

import { request } from "playwright-core";

import { ADMIN } from "../mock/accounts.mjs";
import { appCode } from "../mock/totp.mjs";
import { check, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */
/** @typedef {import("./harness.mjs").Tab} Tab */

const admin = {
  email: process.env.LOGIN_EMAIL ?? ADMIN.email,
  password: process.env.LOGIN_PASSWORD ?? ADMIN.password,
};
/** The browser itself logs an answer that refuses. */
export const REFUSED = /Failed to load resource/;

/** @param {Tab} tab @param {{email: string, password: string}} who */
export async function fillIn({ page }, who) {
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByLabel("Password", { exact: true }).fill(who.password);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
}

/** Opens an address behind the login, logs in, and is there. @param {Tab} tab @param {string} path @param {{email: string, password: string}} [who] */
export async function enterAt(tab, path, who = admin) {
  await tab.open(path);
  await fillIn(tab, who);
  await until(`the way to /${path}`, () => at(tab) === `/${path}`);
}

/** @param {Tab} tab */
export const at = (tab) => tab.page.url().slice(tab.base.length);

/** @param {Tab} tab @param {string} name */
export const button = (tab, name) => tab.page.getByRole("button", { name, exact: true });

/** Nothing is wider than the window, and everything that can be used has a name. @param {Tab} tab */
export async function fits(tab) {
  const faults = await tab.page.evaluate(() => {
    const visible = [...document.querySelectorAll("main *, .topbar *, dialog[open] *")].filter(
      (el) => el instanceof HTMLElement && el.offsetParent !== null,
    );
    const wide = visible
      .filter((el) => !el.closest(".account-nav") && !el.closest(".visually-hidden, thead"))
      // What stands in a `pre` that scrolls is reached there.
      .filter((el) => {
        const pre = el.parentElement?.closest("pre");
        return !pre || getComputedStyle(pre).overflowX !== "auto";
      })
      .filter((el) => el.getBoundingClientRect().right > innerWidth + 1)
      .map((el) => `${el.tagName} ${el.className} is cut off`);
    const nameless = visible
      .filter((el) => el.matches("input, select, button, a:not(#tv-attr-logo)"))
      .filter((el) => {
        const labels = el instanceof HTMLInputElement || el instanceof HTMLSelectElement;
        const label = labels ? el.labels?.[0]?.textContent : el.textContent;
        return !(el.getAttribute("aria-label") ?? label)?.trim();
      })
      .map((el) => `${el.outerHTML} has no name`);
    return [...wide, ...nameless];
  });
  check(faults.length === 0, faults.join("\n"));
}

/** @type {Test[]} */
export const accountsAnywhere = [
  {
    name: "accounts: log in from the market, see who one is, log out",
    expectFaults: REFUSED,
    run: async (tab) => {
      await tab.openReady("?interval=1h");
      const chart = at(tab);
      await tab.page.getByRole("link", { name: "Log in" }).click();
      await tab.page.getByLabel("E-mail address").waitFor();
      await fits(tab);
      await tab.shot("login-dark");
      await fillIn(tab, { email: admin.email, password: "not my password" });
      await tab.shows('[role="alert"]', "The address or the password is wrong");
      await tab.shot("login-refused");
      await fillIn(tab, admin);
      await until("the chart again", () => at(tab) === chart);
      await tab.drawn();
      await tab.live();
      await tab.page.reload();
      await tab.page.getByRole("button", { name: /^Account: / }).click();
      await tab.shows(".account-menu", admin.email);
      await tab.shot("account-menu");
      await button(tab, "Log out").click();
      await until("the login", () => at(tab) === "/login");
      await tab.open("settings");
      await until("the login again", () => at(tab) === "/login?next=%2Fsettings");
    },
  },
  {
    name: "accounts: settings show the account and its sessions, and end others",
    run: async (tab) => {
      await enterAt(tab, "settings");
      await tab.shows(".facts", admin.email);
      await tab.shows(".facts", "admin");
      await fits(tab);
      await tab.shot("settings-dark");
      for (const userAgent of ["notebook/1.0", "notebook/2.0"]) {
        const elsewhere = await request.newContext({ userAgent });
        const answer = await elsewhere.post(`${tab.base}/v1/auth/login`, { data: admin });
        check(answer.ok(), "the other login was refused");
        await elsewhere.dispose();
      }
      await tab.page.getByRole("link", { name: "Sessions" }).click();
      const rows = tab.page.locator(".listing tbody tr");
      await tab.shows(".listing", "notebook/1.0");
      await tab.shows(".listing", "This one");
      await fits(tab);
      await tab.shot("sessions-dark");
      const before = await rows.count();
      await tab.page
        .getByRole("button", { name: /^End notebook/ })
        .first()
        .click();
      await until("one less", async () => (await rows.count()) === before - 1);
      await button(tab, "End all others").click();
      await until("only this one", async () => (await rows.count()) === 1);
    },
  },
  {
    name: "accounts: a key is made, shown once, and revoked",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "settings/keys");
      await button(tab, "New key").click();
      await tab.page.getByLabel("Name").fill("freqtrade");
      await tab.page.getByLabel("points:write").check();
      check(
        (await tab.page.getByLabel("users", { exact: true }).count()) === 0,
        "a personal scope is offered",
      );
      await tab.page.getByLabel("Allowed addresses").fill("nowhere");
      await fits(tab);
      await tab.shot("key-new");
      await button(tab, "Make the key").click();
      await tab.shows('dialog [role="alert"]', "no address or range");
      await tab.page.getByLabel("Allowed addresses").fill("127.0.0.1, 10.0.0.0/8");
      await button(tab, "Make the key").click();
      const key = (await tab.text(".once code")).trim();
      check(/^chk_/.test(key), `the key is ${key}`);
      await tab.shot("key-made");
      const asks = await request.newContext();
      const ticket = { headers: { Authorization: `Bearer ${key}` } };
      const symbols = () => asks.get(`${tab.base}/v1/market/symbols`, ticket);
      check((await symbols()).ok(), "the key opens nothing");
      await button(tab, "Done").click();
      await tab.shows(".listing tr", "market:read, points:write");
      check(!(await tab.page.content()).includes(key), "the key is still on the page");
      await fits(tab);
      await tab.shot("keys-dark");
      await button(tab, "Revoke freqtrade").click();
      await button(tab, "Revoke").click();
      // The demonstration's bots have a key as well.
      await button(tab, "Revoke freqtrade").waitFor({ state: "detached" });
      check((await symbols()).status() === 401, "a revoked key goes on");
      await asks.dispose();
    },
  },
  {
    name: "accounts: an administrator adds a user, changes them, and finds it in the record",
    run: async (tab) => {
      await enterAt(tab, "admin/users");
      await button(tab, "New user").click();
      const email = `ben.${Date.now()}@example.com`;
      await tab.page.getByLabel("E-mail address").fill(email);
      await tab.page.getByLabel("Role").selectOption("analyst");
      await fits(tab);
      await tab.shot("user-new");
      await button(tab, "Create").click();
      await tab.shows(".once", "may log in");
      const password = (await tab.text(".once code")).trim();
      check(password.length >= 12, `the password is ${password}`);
      await tab.shot("user-created");
      await button(tab, "Done").click();
      const row = tab.page.locator(".listing tr", { hasText: email });
      await row.filter({ hasText: "analyst" }).waitFor();
      await button(tab, `Change ${email}`).click();
      await tab.page.getByLabel("Role").selectOption("trader");
      await button(tab, "Change role").click();
      await tab.shows("dialog .is-done", "The role is trader now");
      await button(tab, "Deactivate").click();
      await tab.shows("dialog .is-done", "The account is closed");
      await tab.shot("user-changed");
      await tab.page.keyboard.press("Escape");
      await row.filter({ hasText: "deactivated" }).waitFor();
      await tab.shot("users-dark");
      await tab.page.getByRole("link", { name: "Audit" }).click();
      await tab.page.getByLabel("Action").fill("user.change");
      await button(tab, "Search").click();
      await until("the search in the address", () => at(tab).endsWith("?action=user.change"));
      const entry = tab.page
        .locator(".listing tr", { hasText: email })
        .filter({ hasText: "trader" });
      await entry.filter({ hasText: admin.email }).first().waitFor();
      check(
        (await tab.page.locator(".listing tr", { hasText: "user.login" }).count()) === 0,
        "the search shows another action",
      );
      await fits(tab);
      await tab.shot("audit-dark");
      const saved = tab.page.waitForEvent("download");
      await button(tab, "CSV").click();
      const file = await saved;
      check(file.suggestedFilename() === "audit.csv", "the file has another name");
      const text = await readFile(await file.path(), "utf8");
      check(text.includes("user.change") && !text.includes("user.login"), "the file: " + text);
      await tab.page.getByLabel("Address or network").fill("192.0.2.99");
      await button(tab, "Search").click();
      await tab.shows(".listing-empty", "Nothing was recorded");
      await tab.page.getByRole("link", { name: "Usage" }).click();
      await tab.page.getByLabel("User").selectOption({ label: admin.email });
      await tab.page.locator(".listing tr", { hasText: "/v1/auth/" }).first().waitFor();
      await fits(tab);
      await tab.shot("usage-dark");
    },
  },
  {
    // The last: while it runs, the administrator can't log in by the password alone.
    name: "accounts: a second factor is enrolled, asked for, stood in for, and turned off",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "settings/second-factor");
      const password = tab.page.getByLabel("Your password", { exact: true });
      await password.fill("not my password");
      await button(tab, "Turn it on").click();
      await tab.shows('[role="alert"]', "password is wrong");
      await password.fill(admin.password);
      await button(tab, "Turn it on").click();
      const drawn = tab.page.getByRole("img", { name: /QR code/ });
      await drawn.evaluate((/** @type {any} */ img) => img.decode());
      await fits(tab);
      await tab.shot("second-enrol");
      const secret = (await tab.text(".secret")).trim();
      const digits = tab.page.getByLabel("Six digits");
      // That of another hour.
      await digits.fill(appCode(secret, Date.now() - 3_600_000));
      await button(tab, "Confirm").click();
      await tab.shows('[role="alert"]', "The code is wrong");
      await digits.fill(appCode(secret, Date.now()));
      await button(tab, "Confirm").click();
      await tab.shows(".once", "not shown again");
      const recovery = (await tab.text(".once code")).trim().split("\n");
      check(recovery.length === 10, `there are ${recovery.length} recovery codes`);
      await tab.shot("second-recovery");
      await button(tab, "Done").click();
      await tab.shows(".is-done", "Recovery codes left: 10");
      await tab.page.context().clearCookies();
      await tab.page.reload();
      await fillIn(tab, admin);
      const code = tab.page.getByLabel("Code of your app");
      await code.fill("000000");
      await tab.shot("second-login");
      await button(tab, "Log in").click();
      await tab.page.locator('[role="alert"]').waitFor();
      await code.fill(recovery[3] ?? "");
      await button(tab, "Log in").click();
      await until("the way back", () => at(tab) === "/settings/second-factor");
      await tab.shows(".is-done", "Recovery codes left: 9");
      await password.fill(admin.password);
      await button(tab, "Turn it off").click();
      await button(tab, "Turn it on").waitFor();
    },
  },
];
