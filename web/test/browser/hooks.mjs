// Webhooks: made on the page, sent an alert as TradingView does, and what became of it.
import { VIEWER } from "../mock/accounts.mjs";
import { at, button, enterAt, fits, REFUSED } from "./accounts.mjs";
import { desk, DIALOG, fresh, goTo, label, made, row } from "./desk.mjs";
import { check, PHONE, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */
/** @typedef {import("./harness.mjs").Tab} Tab */

/** What stands beside a copy button. @param {Tab} tab @param {string} name */
const shown = async (tab, name) =>
  (await tab.page.locator(`pre[aria-label="${name}"]`).innerText()).trim();

/** TradingView fills in the message. @param {string} message @param {Record<string, string>} values */
const filledIn = (message, values) =>
  message.replace(/\{\{(.*?)\}\}/g, (_, /** @type {string} */ name) => values[name] ?? "");

/** Sends an alert as TradingView does. @param {string} url @param {string} message */
async function send(url, message) {
  const headers = {
    "Content-Type": "text/plain; charset=utf-8",
    "User-Agent": "Go-http-client/1.1",
  };
  const answer = await fetch(url, { method: "POST", headers, body: message });
  return { status: answer.status, ...(await answer.json()) };
}

/** A bot with a webhook that the page shows, and the message for it. @param {Tab} tab */
async function hooked(tab) {
  const { symbol, bot } = await desk(tab);
  const name = fresh("Cross");
  const hook = await made(tab, `trading/bots/${bot.id}/webhooks`, { name });
  await tab.open(`webhooks/${hook.id}?bot=${bot.id}`);
  await tab.page.getByText("What to tell TradingView").click();
  const message = (await shown(tab, "Message")).replace(`${hook.beginning}…`, hook.secret);
  await tab.page.getByText("What to tell TradingView").click();
  const alert = filledIn(message, {
    ...{ timenow: "2026-01-05T10:00:00Z", "strategy.order.id": name, interval: "5" },
    ...{ exchange: symbol.venue.toUpperCase(), ticker: symbol.code },
    ...{ "strategy.order.action": "buy", "strategy.order.contracts": "0.001" },
  });
  return { symbol, bot, hook, alert, url: tab.base + hook.path };
}

/** @type {Test[]} */
export const hooksAnywhere = [
  {
    name: "webhooks: one is made, and its secret is shown once with what TradingView is to be told",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "webhooks");
      const { bot } = await desk(tab);
      await tab.page.reload();
      await button(tab, "New webhook").click();
      await label(tab, "Name").fill(fresh("Cross"));
      await label(tab, "Bot").selectOption({ label: bot.name });
      const usual = await label(tab, "Template of the order").inputValue();
      await label(tab, "Template of the order").fill("{");
      await button(tab, "Make the webhook").click();
      await tab.shows(`${DIALOG} .field-error`, "Not JSON");
      await label(tab, "Template of the order").fill('{"symbol": "{{ticker}}"}');
      await button(tab, "Make the webhook").click();
      await tab.shows(`${DIALOG} .field-error`, "template.side");
      await tab.shot("webhook-new-refused-dark");
      await label(tab, "Template of the order").fill(usual);
      await fits(tab);
      await tab.shot("webhook-new-dark");
      await button(tab, "Make the webhook").click();
      await tab.shows(`${DIALOG} .once`, "not shown again");
      const [secret, message] = [await shown(tab, "Secret"), await shown(tab, "Message")];
      check(/^chw_/.test(secret) && message.includes(secret), `${secret} isn't in ${message}`);
      await fits(tab);
      await tab.shot("webhook-made-dark");
      await tab.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await button(tab, "Copy: Message").click();
      await tab.shows(`${DIALOG} button`, "Copied");
      const copied = await tab.page.evaluate(() => navigator.clipboard.readText());
      check(copied.trim() === message, "another text is copied");
      await button(tab, "Done").click();
      await until("the webhook", () => /^\/webhooks\/.+bot=/.test(at(tab)));
      await tab.shows(".listing-empty", "Nothing has come yet");
      // What the form begins with is what the server takes where nothing is said.
      const { template } = await made(tab, `trading/bots/${bot.id}/webhooks`, { name: "Usual" });
      const sorted = (/** @type {object} */ each) => JSON.stringify(Object.entries(each).sort());
      check(sorted(template) === sorted(JSON.parse(usual)), "the usual template is another");
    },
  },
  {
    name: "webhooks: an alert becomes an order, once; what is refused can be tried again",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "webhooks");
      const { symbol, bot, hook, alert, url } = await hooked(tab);
      const placed = await send(url, alert);
      check(placed.status === 200 && placed.outcome === "placed", JSON.stringify(placed));
      await row(tab, "placed").waitFor();
      for (let i = 0; i < 20; i += 1) {
        check((await send(url, alert)).order === placed.order, "it is placed twice");
      }
      const nothing = JSON.stringify({ ticker: symbol.code, secret: hook.secret });
      check((await send(url, nothing)).status === 400, "an alert without a side is taken");
      await row(tab, "refused").filter({ hasText: "side" }).waitFor();
      await row(tab, "refused").getByText("As it came").click();
      check(!(await tab.text(".listing pre")).includes(hook.secret), "the secret is in the log");
      await fits(tab);
      await tab.shot("webhook-dark");
      check((await row(tab, "placed").count()) === 0, "more than a page is shown");
      await button(tab, "Older alerts").click();
      await row(tab, "placed").getByRole("link", { name: "the order" }).click();
      await until("the order", () => at(tab) === `/orders/${placed.order}`);
      await tab.shows("h2", `market ${symbol.symbol}`);
      await tab.shows(".facts", bot.name);
      await tab.page.goBack();
      await button(tab, "Settings").click();
      const template = { ...hook.template, side: "buy", quantity: "0.001" };
      await label(tab, "Template of the order").fill(JSON.stringify(template));
      await button(tab, "Save").click();
      await until("it is saved", async () => (await tab.count(DIALOG)) === 0);
      await row(tab, "refused")
        .getByRole("button", { name: /^Try the alert/ })
        .click();
      await until("another try", async () => (await row(tab, "refused").count()) === 0);
      await row(tab, "placed").first().getByRole("link", { name: "the order" }).waitFor();
    },
  },
  {
    name: "webhooks: switched off and on, given another secret, and deleted",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "webhooks");
      const { bot, hook, alert, url } = await hooked(tab);
      check((await send(url, alert)).outcome === "placed", "its alert is refused");
      await button(tab, "Switch off").click();
      await tab.shows("h2 .status", "off");
      check((await send(url, alert)).status === 409, "it takes alerts while it is off");
      await button(tab, "Switch on").click();
      await tab.shows("h2 .status", "on");
      await button(tab, "New secret…").click();
      await button(tab, "Make another secret").click();
      await tab.shows(`${DIALOG} .once`, "not shown again");
      const second = await shown(tab, "Secret");
      await button(tab, "Done").click();
      check((await send(url, alert)).status === 404, "the secret before still opens it");
      const anew = await send(url, alert.replace(hook.secret, second));
      check(anew.outcome === "repeated", JSON.stringify(anew));
      await goTo(tab, "Webhooks");
      const { name } = hook;
      await row(tab, name).getByRole("link", { name }).waitFor();
      await fits(tab);
      await tab.shot("webhooks-dark");
      await tab.page.getByRole("search").getByLabel("Bot").selectOption({ label: bot.name });
      await until("those of the bot", async () => (await tab.count(".listing tbody tr")) === 1);
      await row(tab, name).getByRole("link", { name }).click();
      await button(tab, "Settings").click();
      await button(tab, "Delete the webhook").click();
      await button(tab, "Delete it for good").click();
      await until("the list", () => at(tab) === "/webhooks");
      await until("one webhook less", async () => (await row(tab, name).count()) === 0);
    },
  },
];

/** @type {Test[]} */
export const hooksPlayed = [
  {
    name: "webhooks: nothing there, a bot that rests, and whoever may only look",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      await enterAt(tab, "webhooks");
      await tab.shows(".listing-empty", "There is no webhook yet");
      await tab.shot("webhooks-empty");
      const hook = mock.trading.hooks.make(mock.trading.bots[0], { name: "TradingView" });
      await tab.open(`bots/${hook.bot}`);
      await tab.page.getByRole("link", { name: "its webhooks" }).click();
      await row(tab, "TradingView").getByRole("link", { name: "TradingView" }).click();
      await tab.shows(".listing-empty", "Nothing has come yet");
      mock.trading.bots[0].status = "paused";
      await tab.page.reload();
      await tab.shows(".notice", "Cross on BTC is paused");
      await tab.open(`webhooks/none?bot=${hook.bot}`);
      await tab.shows("h2", "There is no such webhook");
      const sent = JSON.stringify({
        ticker: "BTCUSDT",
        action: "buy",
        qty: "0.1",
        secret: hook.secret,
      });
      check((await send(tab.base + hook.path, sent)).status === 200, "it is refused");
      await tab.page.context().clearCookies();
      await enterAt(tab, `webhooks/${hook.id}?bot=${hook.bot}`, VIEWER);
      await row(tab, "placed").waitFor();
      check(
        (await tab.page.locator("main .button:not([aria-label^=Copy])").count()) === 0,
        "a viewer may change it",
      );
      check((await row(tab, "placed").getByRole("link").count()) === 0, "a viewer may see orders");
      mock.trading.fails = true;
      await tab.page.reload();
      await tab.shows('[role="alert"]', "The database is not available");
    },
  },
  {
    name: "webhooks: in light, and on a phone",
    viewport: PHONE,
    colorScheme: "light",
    run: async (tab, mock) => {
      const hook = mock.trading.hooks.make(mock.trading.bots[0], { name: "TradingView" });
      mock.trading.hooks.make(mock.trading.bots[2], { name: "Screener" });
      for (const more of [{ action: "buy", qty: "0.1" }, {}]) {
        const sent = JSON.stringify({ ticker: "BTCUSDT", secret: hook.secret, ...more });
        await send(tab.base + hook.path, sent);
      }
      await enterAt(tab, "webhooks");
      await row(tab, "Screener").waitFor();
      await fits(tab);
      await tab.shot("webhooks-phone-light");
      await row(tab, "TradingView").getByRole("link", { name: "TradingView" }).click();
      await row(tab, "refused").waitFor();
      await fits(tab);
      await tab.shot("webhook-phone-light");
      await tab.page.getByText("What to tell TradingView").click();
      await fits(tab);
      await tab.shot("webhook-setup-phone-light");
      await tab.page.setViewportSize({ width: 1440, height: 900 });
      await tab.shot("webhook-light");
      await goTo(tab, "Webhooks");
      await row(tab, "Screener").waitFor();
      await tab.shot("webhooks-light");
    },
  },
];
