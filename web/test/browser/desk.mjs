// What tests of the trading pages have in common.

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
