// What tests of the trading pages have in common.
import { check } from "./harness.mjs";

/** @typedef {import("./harness.mjs").Tab} Tab */

export const DIALOG = "dialog[open]";

/** @param {Tab} tab @param {string} name */
export const label = (tab, name) => tab.page.locator(DIALOG).getByLabel(name, { exact: true });
/** @param {Tab} tab @param {string} name */
export const row = (tab, name) => tab.page.locator(".listing tbody tr").filter({ hasText: name });
/** @param {Tab} tab @param {string} name */
const inNav = (tab, name) =>
  tab.page.getByRole("navigation", { name: "Trading" }).getByRole("link", { name, exact: true });

/** @param {Tab} tab @param {string} page */
export async function goTo(tab, page) {
  await inNav(tab, page).click();
  await tab.page.getByRole("heading", { level: 2, name: page, exact: true }).waitFor();
}

/** A name that no earlier run has taken. @param {string} what */
export const fresh = (what) => `${what} ${Date.now().toString(36)}`;

/** A symbol that orders may be about. @param {Tab} tab */
export async function symbolOf(tab) {
  const answer = await tab.page.request.get(`${tab.base}/v1/market/symbols`);
  const rows = (await answer.json()).symbols;
  return rows.find((/** @type {any} */ each) => each.active && each.last_price);
}

/** Something that is made without the page. @param {Tab} tab @param {string} what @param {object} data @returns {Promise<any>} */
export async function made(tab, what, data) {
  const headers = { Origin: tab.base };
  const answer = await tab.page.request.post(`${tab.base}/v1/${what}`, { data, headers });
  const text = await answer.text();
  check(answer.ok(), `${what}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** A paper account with money, and a bot on it, made without the page. @param {Tab} tab */
export async function desk(tab) {
  const symbol = await symbolOf(tab);
  const { venue, quote } = symbol;
  const [name, account] = [fresh("Runner"), fresh("Desk")];
  const { id } = await made(tab, "trading/accounts", { venue, name: account, kind: "paper" });
  const time = new Date().toISOString();
  const deposit = { kind: "deposited", id: "d", asset: quote, amount: "100000", time };
  await made(tab, `ledger/accounts/${id}/entries`, deposit);
  const wanted = { account: id, name, type: "paper", config: {} };
  const bot = await made(tab, "trading/bots", wanted);
  return { symbol, account: { id, name: account }, bot: { id: bot.id, name } };
}
