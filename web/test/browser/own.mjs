// What somebody prefers and the lists that they watch. Those that run anywhere leave the
// administrator as they found them.
import { VIEWER } from "../mock/accounts.mjs";
import { at, button, enterAt, fits, REFUSED } from "./accounts.mjs";
import { check, PHONE, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */
/** @typedef {import("./harness.mjs").Tab} Tab */

const ROWS = ".symbols li > a";
const LIST = ".list-symbols li > span";

/** @param {Tab} tab @param {string} label @param {string} value */
const select = (tab, label, value) =>
  tab.page.getByLabel(label, { exact: true }).selectOption(value);

/** The symbols of the rows, from above. @param {Tab} tab */
const shown = (tab) =>
  tab.page
    .locator(ROWS)
    .evaluateAll((links) =>
      links.map((a) => new URL(/** @type {any} */ (a).href).searchParams.get("symbol")),
    );

/** @param {Tab} tab */
const theme = (tab) => tab.page.evaluate(() => document.documentElement.dataset.theme);

/** @param {Tab} tab */
async function save(tab) {
  await button(tab, "Save").click();
  await tab.shows(".is-done", "Your preferences are kept");
}

/** Takes the pages through a login to the market. @param {Tab} tab @param {{email: string, password: string}} [who] */
async function market(tab, who) {
  await enterAt(tab, "settings", who);
  await tab.openReady();
}

/** @type {Test[]} */
export const ownAnywhere = [
  {
    name: "own: preferences are kept and the page follows them",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "settings/preferences");
      await select(tab, "Theme", "light");
      await select(tab, "Time zone", "Australia/Adelaide");
      await select(tab, "Length of a candle", "4h");
      const symbol = tab.page.getByLabel("Symbol to open with");
      const before = await symbol.inputValue();
      await symbol.fill("no symbol");
      await button(tab, "Save").click();
      await tab.shows('[role="alert"]', "write venue:CODE");
      const answer = await tab.page.request.get(`${tab.base}/v1/market/symbols`);
      const rows = (await answer.json()).symbols;
      const wanted = rows.findLast((/** @type {any} */ row) => row.intervals.includes("4h")).symbol;
      await symbol.fill(wanted);
      await save(tab);
      check((await theme(tab)) === "light", "the page isn't light");
      await fits(tab);
      await tab.shot("preferences-light");
      await tab.openReady();
      await until("the wanted chart", () => at(tab) === `/?symbol=${wanted}&interval=4h`);
      await tab.shows(".legend-time dd", "Adelaide");
      await tab.shows(".clock", "Adelaide");
      await tab.shows(".zone", "Adelaide");
      check(/:30 /.test(await tab.text(".legend-time dd")), "the legend isn't in the zone");
      await tab.shot("market-adelaide-light");
      await tab.page.getByRole("button", { name: "Switch to the dark theme" }).click();
      await until("the theme is kept", async () => {
        const kept = await tab.page.request.get(`${tab.base}/v1/me/preferences`);
        return (await kept.json()).theme === "dark";
      });
      await tab.open("settings/preferences");
      await select(tab, "Time zone", "UTC");
      await select(tab, "Length of a candle", "1h");
      await tab.page.getByLabel("Symbol to open with").fill(before);
      await save(tab);
      await tab.shot("preferences-dark");
    },
  },
  {
    name: "own: a watchlist is made, filled, ordered, shown and deleted",
    expectFaults: REFUSED,
    run: async (tab) => {
      await market(tab);
      const all = await shown(tab);
      const [first, second] = [String(all[0]), String(all[1])];
      await button(tab, "New list").click();
      await tab.page.getByLabel("Name", { exact: true }).fill("Majors");
      const add = tab.page.getByLabel("Add a symbol");
      for (const symbol of [first, second, "nowhere:YET"]) {
        await add.fill(symbol);
        await add.press("Enter");
      }
      await button(tab, `Move ${second} up`).click();
      check((await tab.text(LIST)) === second, "the second is not the first");
      await fits(tab);
      await tab.shot("list-new-dark");
      await button(tab, "Make the list").click();
      await until("the list", async () => (await shown(tab)).join() === `${second},${first}`);
      await tab.shows(".is-missing", "nowhere:YET");
      await tab.shot("list-shown-dark");

      const stars = tab.page.locator(".star");
      await stars.first().click();
      await until("one less", async () => (await shown(tab)).join() === first);
      await select(tab, "Watchlist", "");
      await until("all symbols", async () => (await shown(tab)).length === all.length);
      check((await stars.nth(0).getAttribute("aria-pressed")) === "true", "no star on the first");

      await select(tab, "Watchlist", "Majors");
      await button(tab, "Change the list Majors").click();
      await tab.page.getByLabel("Name", { exact: true }).fill("Few");
      await button(tab, "Remove nowhere:YET").click();
      await tab.page.getByLabel("Open the page with this list").check();
      await button(tab, "Save").click();
      await button(tab, "Change the list Few").waitFor();
      await tab.page.reload();
      await until("the default list", async () => (await shown(tab)).join() === first);
      check((await tab.count(".is-missing")) === 0, "what was removed is there");
      await button(tab, "Change the list Few").click();
      await button(tab, "Delete the list").click();
      await button(tab, "Delete it for good").click();
      await until("all symbols again", async () => (await shown(tab)).length === all.length);
    },
  },
];

/** @type {Test[]} */
export const ownPlayed = [
  {
    name: "own: whoever isn't logged in has neither stars nor lists",
    run: async (tab, mock) => {
      await tab.openReady();
      check((await tab.count(".star, .list-choice")) === 0, "there are stars");
      check(
        mock.requests.every((path) => !path.startsWith("/v1/me/")),
        "nobody's preferences are asked for",
      );
    },
  },
  {
    name: "own: the first star makes a list, by keyboard, and each star is kept",
    run: async (tab, mock) => {
      await market(tab, VIEWER);
      const [first, second] = await shown(tab);
      await tab.page.locator(ROWS).first().focus();
      await tab.page.keyboard.press("Tab");
      await tab.page.keyboard.press("Enter");
      // The second before the first is answered.
      await tab.page.locator(".star").nth(1).click();
      await until("both stars", () => mock.own.lists[0]?.symbols.length === 2);
      const [list] = mock.own.lists;
      check(list.symbols.join() === `${first},${second}`, `the list is ${list.symbols}`);
      check(mock.own.lists.length === 1 && list.name === "Favourites", "another list was made");
      await tab.page.reload();
      await until("the list at once", async () => (await shown(tab)).length === 2);
    },
  },
  {
    name: "own: lists and preferences on a phone, and a name that is taken",
    viewport: PHONE,
    colorScheme: "light",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      await enterAt(tab, "settings/preferences", VIEWER);
      await fits(tab);
      await tab.shot("preferences-phone");
      await tab.openReady();
      const open = () => tab.page.getByRole("button", { name: /choose another symbol/ }).click();
      await open();
      for (const name of ["A list with a rather long name of its own", "Empty"]) {
        await button(tab, "New list").click();
        await tab.page.getByLabel("Name", { exact: true }).fill(name);
        await button(tab, "Make the list").click();
        await until(`the list ${name}`, () => mock.own.lists.some((each) => each.name === name));
      }
      await tab.shows(".symbols-note", "Nothing is in this list yet");
      await fits(tab);
      await tab.shot("list-empty-phone");
      await button(tab, "Change the list Empty").click();
      await tab.page
        .getByLabel("Name", { exact: true })
        .fill("A list with a rather long name of its own");
      await button(tab, "Save").click();
      await tab.shows('[role="alert"]', "Another watchlist has this name");
      await fits(tab);
      await tab.shot("list-taken-phone");
      await tab.page.keyboard.press("Escape");
      await select(tab, "Watchlist", "");
      await until("all symbols", async () => (await shown(tab)).length > 2);
      await tab.shot("list-all-phone");
    },
  },
  {
    name: "own: where lists and preferences can't be read the market is there all the same",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      await enterAt(tab, "settings", VIEWER);
      mock.own.fails = true;
      await tab.openReady();
      await tab.shows('.symbols [role="alert"]', "Your lists didn’t load");
      await tab.shot("lists-failed");
      await tab.open("settings/preferences");
      await tab.shows('[role="alert"]', "The answer took too long");
      mock.own.fails = false;
      await button(tab, "Try again").click();
      await tab.page.getByLabel("Time zone").waitFor();
      await tab.openReady();
      mock.own.fails = true;
      await tab.page.locator(".star").first().click();
      await tab.shows('.symbols [role="alert"]', "The answer took too long");
      check((await tab.count('.star[aria-pressed="true"]')) === 0, "a star that wasn't kept");
    },
  },
];
