// What the page shows when things are slow, missing or broken. Only the mock server can do that.
import { check, PHONE, screenshots, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */

const BTC = "replay:BTCUSDT";
/** The browser itself logs an answer that is an error, and a connection that breaks. */
const FAILED_LOADS = /Failed to load resource|WebSocket connection to/;
const tails = (/** @type {string[]} */ requests) =>
  requests.filter((path) => path.includes("/candles") && path.includes("from="));

/** @type {Test[]} */
export const states = [
  {
    name: "loading shows skeletons",
    run: async (tab, mock) => {
      mock.mode.symbols = "hang";
      await tab.open();
      await tab.page.locator(".skeleton-rows").waitFor();
      await tab.page.locator(".chart-skeleton").waitFor();
      await tab.page.waitForTimeout(500);
      await tab.shot("loading");
    },
  },
  {
    name: "the strip under the chart tells what is missing and what was repaired",
    run: async (tab) => {
      await tab.openReady();
      // Two percent, up to the rounding to whole candles: how many there are depends on the hour.
      await tab.shows(".coverage-ratio.is-lacking", /Coverage (97\.9|98)[.\d]* %/);
      const strip = tab.page.locator(".coverage-strip");
      for (const [share, words] of [
        [0.41, "missing"],
        [0.5, "repaired (klines)"],
        [0.83, "nothing traded"],
        [0.95, "traded"],
      ]) {
        const box = await strip.boundingBox();
        check(box !== null, "the strip has no box");
        await tab.page.mouse.move(box.x + box.width * Number(share), box.y + box.height / 2);
        await tab.shows(".coverage-hover", String(words));
        if (share === 0.41) {
          await tab.page.screenshot({ path: `${screenshots}/coverage.png` });
        }
      }
      check(
        (await strip.getAttribute("aria-label"))?.includes("missing"),
        "the strip says nothing to a screen reader",
      );
    },
  },
  {
    name: "the board loads, fails, recovers, and keeps what it had",
    expectFaults: FAILED_LOADS,
    run: async (tab, mock) => {
      mock.mode.board = "hang";
      await tab.openReady();
      await tab.page.getByRole("button", { name: "Most traded" }).click();
      await tab.page.locator(".skeleton-rows").waitFor();
      mock.mode.board = "error";
      await tab.page.reload();
      await tab.shows(".symbols-note", "The database is not available");
      await tab.shot("board-error");
      mock.mode.board = "normal";
      await tab.page.getByRole("button", { name: "Try again" }).click();
      await tab.page.locator(".symbol-rank").first().waitFor();
      mock.mode.board = "error";
      // It is read again every ten seconds, and once more after a failure.
      await tab.shows(".symbols-note", /What stands here is of \d\d:\d\d:\d\d UTC/, 15_000);
      check((await tab.count(".symbol-rank")) === 3, "the board is gone");
      await tab.shot("board-stale");
    },
  },
  {
    name: "the board is of one asset, searched, followed by the focus, and empty",
    run: async (tab, mock) => {
      await tab.openReady();
      await tab.page.getByRole("button", { name: "Most traded" }).click();
      const rows = () => tab.page.locator(".symbols li").allInnerTexts();
      await until("three places", async () => (await rows()).length === 3);
      check(/762M USDT/.test((await rows())[0] ?? ""), `first is ${(await rows())[0]}`);
      check(/5\.12M XRP/.test((await rows())[2] ?? ""), `last is ${(await rows())[2]}`);
      await tab.page.getByLabel("Search symbols").fill("eth usdt");
      await until("one place, the second", async () => /^2\s/.test((await rows()).join("|")));
      await tab.page.getByLabel("Search symbols").fill("doge");
      await tab.shows(".symbols-note", "None of these 3 matches “doge”");
      await tab.page.getByLabel("Search symbols").fill("");
      await tab.page.getByRole("combobox").selectOption("ETH");
      await until("the one that is paid in ETH", async () => (await rows()).length === 1);
      await tab.page.getByRole("combobox").selectOption("");
      await until("all three", async () => (await rows()).length === 3);
      const eth = tab.page.locator(".symbols a", { hasText: "ETH/USDT" });
      await eth.focus();
      mock.turnBoard = true;
      await until("another order", async () => /XRP/.test((await rows())[0] ?? ""), 15_000);
      check(
        await eth.evaluate((a) => a === document.activeElement),
        "the focus went elsewhere as the order changed",
      );
      mock.mode.board = "empty";
      await tab.shows(".symbols-note", "Nothing was traded in the last 24 hours", 15_000);
      await tab.shot("board-empty");
    },
  },
  {
    name: "an empty server says how to import, and shows data once it is there",
    run: async (tab, mock) => {
      mock.mode.symbols = "empty";
      await tab.open();
      await tab.shows(".state-panel", "No market data yet");
      await tab.shows(".state-panel code", "chandlery import");
      await tab.shows(".state-panel code", "chandlery up --demo");
      await tab.shot("empty");
      mock.mode.symbols = "normal";
      await tab.drawn();
    },
  },
  {
    name: "a failing server shows the problem, and trying again recovers",
    expectFaults: FAILED_LOADS,
    run: async (tab, mock) => {
      mock.mode.symbols = "error";
      await tab.open();
      await tab.shows(".state-panel", "The database is not available");
      await tab.shows(".state-panel", "connection refused");
      await tab.shot("error");
      mock.mode.symbols = "normal";
      await tab.page.getByRole("button", { name: "Try again" }).click();
      await tab.drawn();
    },
  },
  {
    name: "a server that can't be reached is said so",
    expectFaults: /Failed to load resource/,
    run: async (tab) => {
      await tab.page.route("**/v1/market/symbols", (route) => route.abort());
      await tab.open();
      await tab.shows(".state-panel", "The server can't be reached");
    },
  },
  {
    name: "candles that fail show the problem over the chart only",
    expectFaults: FAILED_LOADS,
    run: async (tab, mock) => {
      mock.mode.candles = "error";
      await tab.open(`?symbol=${BTC}`);
      await tab.shows(".chart-panel .state-panel", "The database is not available", 10_000);
      check((await tab.count(".symbols li")) > 3, "the list is gone");
      await tab.shot("error-chart");
      mock.mode.candles = "normal";
      await tab.page.getByRole("button", { name: "Try again" }).click();
      await tab.drawn();
    },
  },
  {
    name: "an unknown symbol in the address is explained",
    expectFaults: FAILED_LOADS,
    run: async (tab) => {
      await tab.open("?symbol=nowhere:NOTHING&interval=1h");
      await tab.shows(".chart-panel .state-panel", "`nowhere:NOTHING` is not known here");
      await tab.page.locator(".symbols a").first().click();
      await tab.drawn();
    },
  },
  {
    name: "a symbol without candles or trades says so",
    run: async (tab) => {
      await tab.open("?symbol=nyse:SPY&interval=1d");
      await tab.shows(".state-panel", "No 1d candles");
      await tab.shows(".tape-note", "No single trades");
      await tab.shot("no-candles");
    },
  },
  {
    name: "a broken stream reconnects and the missed candles are read",
    expectFaults: FAILED_LOADS,
    run: async (tab, mock) => {
      await tab.openReady(`?symbol=${BTC}&interval=1m`);
      await tab.live();
      mock.tradesStopped = true;
      mock.refusesStream = true;
      mock.dropSockets();
      await tab.shows(".connection", "Reconnecting");
      await tab.shot("reconnecting");
      const missed = [1, 2, 3].map(() =>
        mock.market.skipMinute(BTC).slice(0, 16).replace("T", " "),
      );
      const before = tails(tab.requests).length;
      mock.refusesStream = false;
      await tab.live();
      await until("the tail", () => tails(tab.requests).length > before);
      await until("the missed candles on the chart", async () => {
        const times = await tab.hoverTimes(90);
        return missed.every((time) => times.has(time));
      });
    },
  },
  {
    name: "a stream that lagged makes the page read the tail",
    run: async (tab, mock) => {
      await tab.openReady(`?symbol=${BTC}&interval=1m`);
      await tab.live();
      await until("the first tail", () => tails(tab.requests).length > 0);
      const before = [...tab.requests];
      mock.broadcast({ type: "lagged", missed: 12 });
      await until("the candles' tail", () => tails(tab.requests).length > tails(before).length);
      const ticks = (/** @type {string[]} */ list) =>
        list.filter((path) => path.includes("/ticks")).length;
      await until("the trades", () => ticks(tab.requests) > ticks(before));
    },
  },
  {
    name: "a tail that fails is asked for again",
    expectFaults: FAILED_LOADS,
    run: async (tab, mock) => {
      await tab.openReady(`?symbol=${BTC}&interval=1m`);
      await until("the first tail", () => tails(tab.requests).length > 0);
      mock.mode.candles = "error";
      mock.tradesStopped = true;
      const missed = mock.market.skipMinute(BTC).slice(0, 16).replace("T", " ");
      mock.market.skipMinute(BTC);
      mock.broadcast({ type: "lagged", missed: 1 });
      await until("a failed tail", () => tails(tab.requests).length > 1);
      mock.mode.candles = "normal";
      await until("the missed candle", async () => (await tab.hoverTimes(60)).has(missed), 10_000);
    },
  },
  {
    name: "no stream for long is called offline, and it comes back",
    expectFaults: FAILED_LOADS,
    run: async (tab, mock) => {
      await tab.openReady(`?symbol=${BTC}`);
      await tab.live();
      mock.refusesStream = true;
      mock.dropSockets();
      await tab.shows(".connection", "Offline", 20_000);
      mock.refusesStream = false;
      await tab.shows(".connection", "Live", 15_000);
    },
  },
  {
    name: "older candles that fail leave the chart and can be tried again",
    expectFaults: FAILED_LOADS,
    run: async (tab, mock) => {
      mock.mode.older = "error";
      await tab.openReady(`?symbol=${BTC}&interval=1m`);
      await tab.page.locator(".chart-canvas").focus();
      const note = tab.page.locator(".chart-note", { hasText: "Older candles didn’t load" });
      await until(
        "the note",
        async () => {
          await tab.page.keyboard.press("ArrowLeft");
          return note.isVisible();
        },
        10_000,
      );
      check((await tab.candlePixels()) > 200, "the candles are gone");
      mock.mode.older = "normal";
      await note.locator("button").click();
      await note.waitFor({ state: "detached" });
    },
  },
  {
    name: "no digit of an exact price is lost",
    run: async (tab, mock) => {
      await tab.openReady("?symbol=test:EXACT18&interval=1h");
      const exact = "0.001234567890123456";
      check(
        (await tab.text(".last-price")) === exact,
        `the header says ${await tab.text(".last-price")}`,
      );
      const candle = mock.market.listings.get("test:EXACT18")?.candles.get("1h")?.at(-1);
      check(candle?.close === exact, "the mock's last close is another");
      const tape = await tab.page.evaluate(() => {
        const box = document.querySelector(".tape-scroll");
        return (box?.scrollWidth ?? 0) - (box?.clientWidth ?? 0);
      });
      check(tape <= 0, `the tape is ${tape} px too narrow for its prices`);
      await tab.shot("exact");
      check(
        (await tab.text(".legend")).includes(exact),
        `the legend says ${await tab.text(".legend")}`,
      );
    },
  },
  {
    name: "the tape grows by the stream and keeps its length",
    run: async (tab) => {
      await tab.openReady(`?symbol=${BTC}`);
      await until("30 trades", async () => (await tab.tapeLength()) === 30);
      const first = await tab.text(".tape tbody tr");
      await until("a new trade", async () => (await tab.text(".tape tbody tr")) !== first);
      check((await tab.tapeLength()) === 30, "the tape grew");
    },
  },
  {
    name: "three thousand symbols stay quick",
    run: async (tab, mock) => {
      mock.mode.symbols = "many";
      await tab.openReady();
      const start = Date.now();
      await tab.page.getByLabel("Search symbols").fill("coin2999");
      await until("the one match", async () => (await tab.count(".symbols li")) === 1);
      check(Date.now() - start < 1_500, `searching took ${Date.now() - start} ms`);
    },
  },
  {
    name: "a phone shows errors and an empty server within its width",
    viewport: PHONE,
    run: async (tab, mock) => {
      mock.mode.symbols = "empty";
      await tab.open();
      await tab.shows(".state-panel", "No market data yet");
      const cut = await tab.page.evaluate(
        (limit) =>
          [...document.querySelectorAll(".state-panel *")].filter(
            (el) => el.getBoundingClientRect().right > limit || el.scrollWidth > el.clientWidth + 1,
          ).length,
        PHONE.width - 16,
      );
      check(cut === 0, `${cut} elements don't fit the screen`);
      await tab.shot("phone-empty");
    },
  },
];
