// What was taken in of freqtrade's records. Against a real server: what scripts/test-browser took in.
import { button, enterAt, fits, REFUSED } from "./accounts.mjs";
import { goTo, row } from "./desk.mjs";
import { check, PHONE, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */

/** @type {Test[]} */
export const importsAnywhere = [
  {
    name: "imports: a file with a row that is not taken, and with a profit that is another",
    run: async (tab) => {
      await enterAt(tab, "imports");
      const file = row(tab, "backtest-result").filter({ hasText: "not reconciled" }).first();
      await file.waitFor();
      await fits(tab);
      await tab.shot("imports-dark");
      await file.getByRole("link").click();
      await tab.shows("h2 .tag.is-bad", "not reconciled");
      const read = tab.page.getByRole("table", { name: "What was read" });
      const counted = await read.locator("tbody tr").filter({ hasText: "trades" }).innerText();
      check(/2\s+0\s+0\s+1\s+1/.test(counted), `of two rows: ${counted}`);
      await tab.shows('table[aria-label="Trades"]', "no known cause");
      await tab.shows('table[aria-label^="Orders"]', "settled in another asset");
      await fits(tab);
      await tab.shot("import-refused-dark");
      const name = /^(BTC|ETH)\/USDT$/;
      await tab.page
        .getByRole("table", { name: "Trades", exact: true })
        .getByRole("link", { name })
        .click();
      await tab.page.getByRole("heading", { level: 2, name: "Explain", exact: true }).waitFor();
      await tab.shows(".tag.is-good", "adds up");
    },
  },
];

/** @type {Test[]} */
export const importsPlayed = [
  {
    name: "imports: a long report by its parts, in light and on a phone, and nothing taken in yet",
    colorScheme: "light",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      await enterAt(tab, "imports");
      await row(tab, "tradesv3.sqlite").waitFor();
      await tab.shot("imports-light");
      await row(tab, "tradesv3.sqlite").getByRole("link", { name: "tradesv3.sqlite" }).click();
      await tab.shows("h2 .tag.is-good", "reconciled");
      await tab.shows('table[aria-label="Trades"]', "paid in another asset");
      await fits(tab);
      await tab.shot("import-light");
      const trades = tab.page
        .getByRole("table", { name: "Trades", exact: true })
        .locator("tbody tr");
      check((await trades.count()) === 1, "not only what differs");
      await button(tab, "all 130").click();
      check((await trades.count()) === 100, "more than a hundred at once");
      await button(tab, "30 more").click();
      await until("all trades", async () => (await trades.count()) === 130);
      await button(tab, "written 2").click();
      await tab.page.setViewportSize(PHONE);
      await button(tab, "differs 1").click();
      await fits(tab);
      await tab.shot("import-phone-light");
      await tab.page.getByRole("heading", { name: "Trades", exact: true }).scrollIntoViewIfNeeded();
      await tab.shot("import-trades-phone-light");
      await goTo(tab, "Imports");
      await fits(tab);
      await tab.shot("imports-phone-light");
      mock.books.empty = true;
      await tab.page.reload();
      await tab.shows(".listing-empty", "Nothing was taken in yet");
      await tab.shows("pre", "chandlery import trades --user ada@example.com");
      await tab.open("imports/none");
      await tab.shows('[role="alert"]', "There is no such import");
    },
  },
];
