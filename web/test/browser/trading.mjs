// Bots, orders and what comes of them. Those that run anywhere make what they need and leave the
// books of a real server with it.
import { readFile } from "node:fs/promises";

import { VIEWER } from "../mock/accounts.mjs";
import { at, button, enterAt, fits, REFUSED } from "./accounts.mjs";
import { DIALOG, fresh, goTo, label, row, symbolOf } from "./desk.mjs";
import { check, PHONE, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */
/** @typedef {import("./harness.mjs").Tab} Tab */

/** Reports what happened to the order that is shown, as whoever sent it. @param {Tab} tab @param {object} what */
async function report(tab, what) {
  const address = `${tab.base}/v1/ledger${at(tab)}/reports`;
  const answer = await tab.page.request.post(address, {
    data: what,
    headers: { Origin: tab.base },
  });
  check(answer.ok(), `the report is refused: ${await answer.text()}`);
}

/** @type {Test[]} */
export const tradingAnywhere = [
  {
    name: "trading: an account, a strategy and a bot are made, started, paused, stopped and deleted",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "bots");
      const [account, strategy, bot] = [fresh("Desk"), fresh("Breakout"), fresh("Runner")];
      const symbol = await symbolOf(tab);
      await goTo(tab, "Accounts");
      await button(tab, "New account").click();
      await label(tab, "Name").fill(account);
      await label(tab, "Venue").fill(symbol.venue);
      await button(tab, "Make the account").click();
      await row(tab, account).waitFor();
      await tab.page.getByRole("button", { name: `Deposit or withdraw: ${account}` }).click();
      await label(tab, "Amount").fill("0");
      await button(tab, "Record it").click();
      await tab.shows(`${DIALOG} .field-error`, "amount");
      await label(tab, "Amount").fill("2500.5");
      await button(tab, "Record it").click();
      await row(tab, account).filter({ hasText: "2,500.5" }).waitFor();

      await goTo(tab, "Strategies");
      await button(tab, "New strategy").click();
      await label(tab, "Name").fill(strategy);
      await button(tab, "Make the strategy").click();
      await button(tab, "New version").click();
      await label(tab, "Schema of configurations").fill("{");
      await button(tab, "Make the version").click();
      await tab.shows(`${DIALOG} .field-error`, "Not JSON");
      const fast = { type: "integer", minimum: 1, default: 9 };
      const schema = { type: "object", properties: { fast, slow: { type: "integer" } } };
      await label(tab, "Schema of configurations").fill(JSON.stringify(schema));
      await button(tab, "Make the version").click();
      await row(tab, "Schema").waitFor();

      await goTo(tab, "Bots");
      await button(tab, "New bot").click();
      await label(tab, "Name").fill(bot);
      await label(tab, "Account").selectOption({ label: `${account} (paper, ${symbol.venue})` });
      await label(tab, "Strategy").selectOption(`${strategy} 1`);
      await label(tab, "fast").fill("nine");
      await label(tab, "slow").fill("21");
      await button(tab, "Make the bot").click();
      await tab.shows(`${DIALOG} .config-fields .field-error`, "integer");
      await tab.shot("bot-new-refused-dark");
      await label(tab, "fast").fill("12");
      await button(tab, "Make the bot").click();
      await until("the bot", () => /^\/bots\/.+/.test(at(tab)));
      await tab.shows("h2 .status", "stopped");
      await button(tab, `Start ${bot}`).click();
      await tab.shows("h2 .status", "running");
      await button(tab, `Pause ${bot}`).click();
      await tab.shows("h2 .status", "paused");
      await goTo(tab, "Bots");
      await row(tab, bot)
        .getByRole("button", { name: `Stop ${bot}` })
        .click();
      await row(tab, bot).filter({ hasText: "stopped" }).waitFor();
      await row(tab, bot).getByRole("link", { name: bot }).click();
      await button(tab, "Settings").click();
      await button(tab, "Delete the bot").click();
      await button(tab, "Delete it for good").click();
      await until("the list", () => at(tab) === "/bots");
      await until("one bot less", async () => (await row(tab, bot).count()) === 0);
    },
  },
  {
    name: "trading: an order is placed, amended and cancelled; a wrong one is refused at its field",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "accounts");
      // Nobody else tells what becomes of its orders.
      const account = fresh("Orders");
      const { symbol, venue, last_price } = await symbolOf(tab);
      await button(tab, "New account").click();
      await label(tab, "Name").fill(account);
      await label(tab, "Kind").selectOption("external");
      await label(tab, "Venue").fill(venue);
      await button(tab, "Make the account").click();
      await row(tab, account).waitFor();
      await goTo(tab, "Orders");
      await button(tab, "New order").click();
      await label(tab, "Account").selectOption({ label: `${account} (external)` });
      await label(tab, "Symbol").fill("nowhere:NONE");
      await label(tab, "Quantity, in base").fill("0.5");
      // Far below the market: it stays open, whoever fills it.
      const places = (last_price.split(".")[1] ?? "").length;
      const low = (Number(last_price) / 2).toFixed(places);
      await label(tab, "Limit price").fill(low);
      await button(tab, "Place the order to buy").click();
      await tab.shows(`${DIALOG} .field-error, ${DIALOG} [role="alert"]`, "nowhere:NONE");
      await label(tab, "Symbol").fill(symbol);
      await label(tab, "Quantity, in base").fill("0");
      await button(tab, "Place the order to buy").click();
      await tab.shows(`${DIALOG} .field-error`, "not above 0");
      await tab.shot("order-refused-dark");
      await label(tab, "Quantity, in base").fill("0.5");
      await button(tab, "Place the order to buy").click();
      await until("the order", () => /^\/orders\/.+/.test(at(tab)));
      await tab.shows("h2", `limit ${symbol}`);
      check((await button(tab, "Amend").count()) === 0, "what the venue doesn't have is amended");
      await report(tab, { kind: "submitted" });
      await report(tab, { kind: "accepted", venue_order_id: "12569099453" });
      await tab.shows("h2 .status", "open");
      await button(tab, "Amend").click();
      await label(tab, "Quantity, with what is filled").fill("0.75");
      await tab.page.locator(DIALOG).getByRole("button", { name: "Amend", exact: true }).click();
      await tab.shows(".facts dd", /^0\.75$/);
      await button(tab, "Cancel the order").click();
      await tab.shows("h2 .status", /cancel/);
      await goTo(tab, "Orders");
      await tab.page.getByRole("search").getByLabel("Account").selectOption(account);
      await button(tab, "Search").click();
      await tab.page.getByRole("search").getByLabel("Side").selectOption("buy");
      await button(tab, "Search").click();
      await until("one order", async () => (await row(tab, symbol).count()) === 1);
      check(/account=/.test(at(tab)), "the search isn't in the address");
    },
  },
];

/** @type {Test[]} */
export const tradingPlayed = [
  {
    name: "trading: bots and a bot with its curve, trades on the chart, orders and heartbeats",
    run: async (tab, mock) => {
      await enterAt(tab, "bots");
      await row(tab, "Cross on BTC").filter({ hasText: "running" }).waitFor();
      await fits(tab);
      await tab.shot("bots-dark");
      await button(tab, "silent 1").click();
      check((await tab.count(".listing tbody tr")) === 1, "not only those that are silent");
      await button(tab, "All 4").click();
      // What another one stops is seen without a reload, and sooner than it would be asked for.
      await tab.live();
      mock.trading.bots[0].status = "paused";
      mock.tellBot(mock.trading.bots[0]);
      await row(tab, "Cross on BTC").filter({ hasText: "paused" }).waitFor({ timeout: 2_000 });
      mock.trading.bots[0].status = "running";
      mock.tellBot(mock.trading.bots[0]);
      await row(tab, "Cross on BTC").filter({ hasText: "running" }).waitFor({ timeout: 2_000 });
      await row(tab, "Cross on BTC").getByRole("link").click();
      await tab.live();
      await tab.drawn();
      await tab.page.locator(".curve-canvas canvas").first().waitFor();
      await tab.shows(".listing", "Would win");
      await fits(tab);
      await tab.shot("bot-dark");
      await tab.page.locator(".trades-chart").scrollIntoViewIfNeeded();
      await tab.page.getByRole("heading", { name: "Trades", exact: true }).scrollIntoViewIfNeeded();
      await tab.shot("bot-trades-dark");
      await tab.page.getByText("All metrics").click();
      await tab.shows(".metrics", "sortino");
      await button(tab, "Older heartbeats").click();
      await until("older heartbeats", async () => (await row(tab, "fast above").count()) > 5);
      await tab.page.getByRole("heading", { name: "Heartbeats" }).scrollIntoViewIfNeeded();
      await tab.shot("bot-heartbeats-dark");
    },
  },
  {
    name: "trading: orders live on the stream, without asking; and without the stream by asking",
    expectFaults: /WebSocket connection/,
    run: async (tab, mock) => {
      await enterAt(tab, "orders");
      const order = mock.books.orders.find(({ status }) => status === "open");
      check(order, "no order is open");
      await tab.live();
      await row(tab, order.client_order_id).filter({ hasText: "open" }).waitFor();
      // What was read when the stream began is over.
      await tab.page.waitForTimeout(1_000);
      const asked = () => tab.requests.filter((path) => path.startsWith("/v1/ledger/orders"));
      const before = asked().length;
      await tab.page.waitForTimeout(7_000);
      check(asked().length === before, `asked ${asked().length - before} times for nothing new`);
      Object.assign(order, { status: "partially_filled", filled: "0.01" });
      mock.tellOrder(order, {});
      await row(tab, order.client_order_id)
        .filter({ hasText: "partially filled" })
        .waitFor({ timeout: 2_000 });
      check(asked().length === before + 1, "one message, one reading");
      await row(tab, order.client_order_id).getByRole("link").first().click();
      await tab.shows("h2 .status", "partially filled");
      order.status = "cancelled";
      mock.tellOrder(order);
      await tab.shows("h2 .status", "cancelled", 2_000);
      mock.refusesStream = true;
      mock.dropSockets();
      await tab.shows(".connection", "Reconnecting");
      order.status = "open";
      await tab.shows("h2 .status", "open", 8_000);
      // Whatever was not told meanwhile is read as soon as there is a stream again.
      mock.refusesStream = false;
      order.status = "filled";
      await tab.live();
      await tab.shows("h2 .status", "filled", 2_000);
    },
  },
  {
    name: "trading: trades with totals, as CSV, and each explained to the last digit",
    run: async (tab, mock) => {
      await enterAt(tab, "trades");
      await tab.shows(".totals", "70");
      await fits(tab);
      await tab.shot("trades-dark");
      const download = tab.page.waitForEvent("download");
      await button(tab, "CSV").click();
      check((await download).suggestedFilename() === "trades.csv", "no trades.csv");
      const lines = (await readFile(await (await download).path(), "utf8")).trim().split("\r\n");
      check(lines.length === 72, `${lines.length} lines of 71 trades and their names`);
      await button(tab, "Older trades").click();
      await until("all trades", async () => (await tab.count(".listing tbody tr")) === 71);
      await tab.page.getByLabel("Status", { exact: true }).selectOption("open");
      await button(tab, "Search").click();
      await until("one trade", async () => (await tab.count(".listing tbody tr")) === 1);
      await button(tab, "All").click();
      await tab.page.getByLabel("Direction", { exact: true }).selectOption("long");
      await tab.page.getByLabel("Result", { exact: true }).selectOption("loss");
      await button(tab, "Search").click();
      const lost = mock.books.trades.filter(({ net_pnl }) => net_pnl.startsWith("-"));
      check(lost.length > 0 && lost.length < 71, `${lost.length} of 71 trades lost`);
      await until("what lost", async () => (await tab.count(".listing tbody tr")) === lost.length);
      check(tab.page.url().endsWith("/trades?direction=long&result=loss"), tab.page.url());
      await button(tab, "All").click();
      const stopped = mock.books.trades.filter(({ exit_reason }) => exit_reason === "stop");
      check(stopped.length > 0 && stopped.length < 50, `${stopped.length} of 71 trades stopped`);
      await tab.page.getByLabel("Exit reason", { exact: true }).fill("stop");
      await button(tab, "Search").click();
      await until("those", async () => (await tab.count(".listing tbody tr")) === stopped.length);
      await tab.shows(".totals", String(stopped.length));
      check((await tab.count(".totals a")) === 0, "explained by a reason");
      await button(tab, "All").click();
      await row(tab, "signal").first().getByRole("link", { name: "Explain" }).click();
      await tab.shows(".tag.is-good", "adds up");
      check((await tab.count(".listing tbody tr")) === 4, "two fills and two fees");
      await fits(tab);
      await tab.shot("explain-dark");
      const wrong = mock.books.trades.find(({ exit_reason }) => exit_reason === "signal");
      wrong.net_pnl = "1234.00";
      await goTo(tab, "Explain");
      await tab.shows(".tag.is-bad", "don’t add up");
    },
  },
  {
    name: "trading: the portfolio, in light, and what has no price",
    colorScheme: "light",
    run: async (tab) => {
      await enterAt(tab, "portfolio");
      await tab.shows(".notice", "LUNA");
      await tab.page.locator(".curve-canvas canvas").first().waitFor();
      await fits(tab);
      await tab.shot("portfolio-light");
      await tab.page.getByLabel("Counted in").fill("BTC");
      await button(tab, "Count").click();
      await tab.shows(".card-figure", "BTC");
      check(at(tab) === "/portfolio?currency=BTC", "the currency isn't in the address");
      await goTo(tab, "Bots");
      await tab.shot("bots-light");
      await row(tab, "Grid").getByRole("link").click();
      await tab.shows(".tag.is-bad", "error");
      await tab.shot("bot-error-light");
      await goTo(tab, "Orders");
      await tab.shot("orders-light");
      await row(tab, "market").first().getByRole("link").first().click();
      await tab.shows(".is-sum", "0.25");
      const events = tab.page.getByRole("table", { name: "Events" }).locator("tbody tr");
      check((await events.count()) === 5, "placed, sent, accepted and two fills");
      await events.filter({ hasText: "as taker" }).first().waitFor();
      await tab.shot("order-light");
      await goTo(tab, "Accounts");
      await row(tab, "Paper").filter({ hasText: "9,876.54" }).waitFor();
      await tab.shot("accounts-light");
      await goTo(tab, "Strategies");
      await row(tab, "Cross").getByRole("link").click();
      await row(tab, "With a stake").getByText("Schema").click();
      await tab.shot("strategy-light");
    },
  },
  {
    name: "trading: every page on a phone",
    viewport: PHONE,
    run: async (tab, mock) => {
      await enterAt(tab, "bots");
      await row(tab, "Cross on BTC").waitFor();
      await fits(tab);
      await tab.shot("bots-phone");
      await button(tab, "New bot").click();
      await label(tab, "Strategy").selectOption("Cross 2");
      await fits(tab);
      await tab.shot("bot-new-phone");
      await tab.page.keyboard.press("Escape");
      for (const page of ["portfolio", "orders", "trades", "explain", "accounts", "strategies"]) {
        await tab.open(page);
        await tab.page.locator(".listing").first().waitFor();
        await fits(tab);
        await tab.shot(`${page}-phone`);
      }
      await tab.open(`bots/${mock.trading.bots[0].id}`);
      await tab.drawn();
      await fits(tab);
      await tab.shot("bot-phone");
      await tab.page.getByRole("heading", { name: "Trades", exact: true }).scrollIntoViewIfNeeded();
      await tab.shot("bot-trades-phone");
      await tab.open(`orders/${mock.books.orders[0].id}`);
      await tab.shows("h2", "limit");
      await fits(tab);
      await tab.shot("order-phone");
      await tab.open("orders");
      await button(tab, "New order").click();
      await fits(tab);
      await tab.shot("order-new-phone");
    },
  },
  {
    name: "trading: nothing there, and a server that fails",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      await enterAt(tab, "portfolio");
      mock.books.empty = true;
      Object.assign(mock.trading, { bots: [], strategies: [] });
      await goTo(tab, "Orders");
      await tab.shows(".listing-empty", "There is no order yet");
      await goTo(tab, "Trades");
      await tab.shows(".listing-empty", "There is no trade yet");
      await goTo(tab, "Bots");
      await tab.shows(".listing-empty", "There is no bot yet");
      await tab.shot("bots-empty");
      mock.trading.accounts = [];
      await tab.page.reload();
      await button(tab, "New bot").click();
      await tab.shows(DIALOG, "Make one first");
      await tab.page.keyboard.press("Escape");
      mock.trading.fails = true;
      await tab.page.reload();
      await tab.shows('[role="alert"]', "The database is not available");
      await tab.shot("bots-failed");
      mock.trading.fails = false;
      await button(tab, "Try again").click();
      await tab.shows(".listing-empty", "There is no bot yet");
      await tab.open("bots/none");
      await tab.shows('[role="alert"]', "There is no such bot");
    },
  },
  {
    name: "trading: whoever may only look sees no buttons, and nobody without a login sees anything",
    expectFaults: REFUSED,
    run: async (tab) => {
      await tab.openReady();
      check((await tab.count(".areas")) === 0, "there is a way to trading");
      await enterAt(tab, "bots", VIEWER);
      await row(tab, "Cross on BTC").waitFor();
      check((await button(tab, "New bot").count()) === 0, "a viewer may make bots");
      check((await tab.count(".row-action")) === 0, "a viewer may start bots");
      const links = await tab.page.locator(".account-nav a").allInnerTexts();
      check(links.join() === "Bots,Accounts,Strategies,Webhooks", `a viewer sees ${links.join()}`);
      await tab.page.getByRole("link", { name: "Market", exact: true }).click();
      await tab.drawn();
      await tab.page.getByRole("link", { name: "Trading", exact: true }).click();
      await row(tab, "Cross on BTC").waitFor();
    },
  },
];
