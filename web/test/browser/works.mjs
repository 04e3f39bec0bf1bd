// What the page does on any server that holds data: these tests run against the mock server and
// against a real chandlery (best with `up --demo`).
import { check, PHONE, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */
/** @typedef {import("./harness.mjs").Tab} Tab */

const INTERVALS = ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"];
const CURRENT = '.symbols a[aria-current="true"]';

/** The symbols of the server, by the page's own interface. @param {Tab} tab @returns {Promise<any[]>} */
async function symbolsOf(tab) {
  const answer = await tab.page.request.get(`${tab.base}/v1/market/symbols`);
  return (await answer.json()).symbols;
}

/** @param {Tab} tab @returns {Promise<any[]>} */
async function boardOf(tab) {
  const answer = await tab.page.request.get(`${tab.base}/v1/market/leaderboard?limit=100`);
  return (await answer.json()).symbols;
}

/** The symbols of the rows, from above. @param {Tab} tab */
function namesShown(tab) {
  return tab.page
    .locator(".symbols a")
    .evaluateAll((links) =>
      links.map((a) => new URL(/** @type {any} */ (a).href).searchParams.get("symbol")),
    );
}

/** @param {Tab} tab */
async function replaySymbol(tab) {
  const row = (await symbolsOf(tab)).find((each) => each.replay && each.active);
  check(row, "the server replays no symbol; start it with --demo");
  return row.symbol;
}

/** @param {Tab} tab */
const query = (tab) => new URL(tab.page.url()).searchParams;

/** @type {Test[]} */
export const works = [
  {
    name: "lists symbols with prices and draws the first one's candles",
    run: async (tab) => {
      await tab.openReady();
      const rows = await symbolsOf(tab);
      check((await tab.count(".symbols li")) === rows.length, "not every symbol has a row");
      check(/\d/.test(await tab.text(`${CURRENT} .symbol-price`)), "the first symbol has no price");
      check(/O\s*[\d,.]+\s*H/.test(await tab.text(".legend")), "the legend has no numbers");
      check(query(tab).get("interval") === "1m", "the first interval is not 1m");
      await tab.live();
      await tab.shot("desktop-dark");
    },
  },
  {
    name: "marks replays in the list, over the chart and on the tape",
    run: async (tab) => {
      await tab.openReady(`?symbol=${await replaySymbol(tab)}`);
      const replays = (await symbolsOf(tab)).filter((row) => row.replay).length;
      check((await tab.count(".symbols .replay-badge")) === replays, "a replayed row has no badge");
      for (const place of [".symbol-header", ".tape"]) {
        check((await tab.count(`${place} .replay-badge`)) === 1, `no badge in ${place}`);
      }
      check((await tab.page.title()).includes("(replay)"), "the title doesn't say replay");
    },
  },
  {
    name: "a live price and the last candle change within 15 s",
    run: async (tab) => {
      await tab.openReady(`?symbol=${await replaySymbol(tab)}&interval=1m`);
      await tab.live();
      const places = [`${CURRENT} .symbol-price`, ".last-price", ".legend", ".tape tbody tr"];
      const before = await Promise.all(places.map((place) => tab.text(place)));
      for (const [index, place] of places.entries()) {
        await until(
          `a change in ${place}`,
          async () => (await tab.text(place)) !== before[index],
          15_000,
        );
      }
    },
  },
  {
    name: "all eight intervals switch the chart",
    run: async (tab) => {
      await tab.openReady();
      for (const interval of INTERVALS.toReversed()) {
        await tab.page
          .locator(".intervals button", { hasText: new RegExp(`^${interval}$`) })
          .click();
        check(query(tab).get("interval") === interval, `the address doesn't say ${interval}`);
        const nothing = tab.page.locator(".state-panel", { hasText: `No ${interval} candles` });
        await until(`${interval} candles`, async () => {
          return (await nothing.isVisible()) || (await tab.candlePixels()) > 20;
        });
        check(
          tab.requests.some((path) => path.includes(`interval=${interval}`)),
          `${interval} was not asked for`,
        );
      }
      const pressed = await tab.page.locator('.intervals [aria-pressed="true"]').allInnerTexts();
      check(pressed.join() === "1m", `pressed: ${pressed.join()}`);
    },
  },
  {
    name: "scrolling back loads older candles by cursor",
    run: async (tab) => {
      await tab.openReady();
      const oldest = await tab.text(".legend-time dd");
      await tab.page.locator(".chart-canvas").focus();
      await until("a request with a cursor", async () => {
        for (let i = 0; i < 10; i += 1) await tab.page.keyboard.press("ArrowLeft");
        return tab.requests.some((path) => path.includes("/candles") && path.includes("cursor="));
      });
      await tab.page.getByRole("button", { name: "Go to the newest candle" }).waitFor();
      for (let i = 0; i < 30; i += 1) await tab.page.keyboard.press("ArrowLeft");
      await tab.drawn();
      await tab.page.locator(".chart-canvas").hover();
      const hovered = await until("a legend of the past", () => tab.text(".legend-time dd"));
      check(hovered.slice(0, 16) < oldest.slice(0, 16), `${hovered} is not before ${oldest}`);
      await tab.page.getByRole("button", { name: "Go to the newest candle" }).click();
      await tab.page
        .getByRole("button", { name: "Go to the newest candle" })
        .waitFor({ state: "detached" });
    },
  },
  {
    name: "dragging and the wheel move the chart",
    run: async (tab) => {
      await tab.openReady();
      const box = await tab.page.locator(".chart-canvas").boundingBox();
      check(box !== null, "the chart has no box");
      const middle = { x: box.x + box.width / 2, y: box.y + box.height / 3 };
      await tab.page.mouse.move(middle.x, middle.y);
      const before = await tab.text(".legend-time dd");
      await tab.page.mouse.down();
      await tab.page.mouse.move(middle.x + 300, middle.y, { steps: 6 });
      await tab.page.mouse.up();
      await tab.page.mouse.move(middle.x, middle.y);
      const after = await until("another candle under the pointer", async () => {
        const now = await tab.text(".legend-time dd");
        return now !== before && now;
      });
      check(after < before, `dragging to the right went from ${before} to ${after}`);
    },
  },
  {
    name: "the theme follows the system, toggles and is remembered",
    colorScheme: "light",
    run: async (tab) => {
      const theme = () => tab.page.evaluate(() => document.documentElement.dataset.theme);
      const background = () =>
        tab.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await tab.openReady();
      check((await theme()) === "light", "the light system theme was not followed");
      const light = await background();
      await tab.live();
      await tab.shot("desktop-light");
      await tab.page.getByRole("button", { name: "Switch to the dark theme" }).click();
      check((await theme()) === "dark", "the button didn't switch to dark");
      check((await background()) !== light, "dark looks like light");
      await tab.page.reload();
      await tab.drawn();
      check((await theme()) === "dark", "the choice was forgotten by a reload");
    },
  },
  {
    name: "the address keeps symbol and interval through reload and back",
    run: async (tab) => {
      await tab.openReady();
      const first = query(tab).get("symbol");
      const links = tab.page.locator(".symbols a");
      check((await links.count()) > 1, "one symbol is too few for this test");
      await links.nth(1).click();
      const second = await until("another symbol", () => {
        const symbol = query(tab).get("symbol");
        return symbol !== first && symbol;
      });
      await tab.page.locator(".intervals button", { hasText: /^1h$/ }).click();
      await tab.page.reload();
      await tab.page.locator(CURRENT).waitFor();
      check(query(tab).get("symbol") === second, "the symbol was lost");
      check(query(tab).get("interval") === "1h", "the interval was lost");
      await tab.page.goBack();
      await tab.page.goBack();
      await until("the first symbol", () => query(tab).get("symbol") === first);
    },
  },
  {
    name: "search and keyboard find a symbol",
    run: async (tab) => {
      await tab.openReady();
      const names = (await symbolsOf(tab)).map((row) => row.symbol);
      const target = names.findLast(
        (name) => names.filter((each) => each.includes(name)).length === 1,
      );
      check(target, "every name is part of another");
      await tab.page.keyboard.press("/");
      await tab.page.keyboard.type(target);
      await until("one row", async () => (await tab.count(".symbols li")) === 1);
      await tab.page.keyboard.press("Enter");
      await until("the symbol in the address", () => query(tab).get("symbol") === target);
      await tab.page.keyboard.type("zzz");
      await tab.shows(".symbols-note", "No symbol matches");
      await tab.page.keyboard.press("Escape");
      await until("all rows", async () => (await tab.count(".symbols li")) > 1);
      await tab.page.keyboard.press("ArrowDown");
      await tab.page.keyboard.press("ArrowDown");
      const focused = await tab.page.evaluate(() => document.activeElement?.getAttribute("href"));
      const second = await tab.page.locator(".symbols a").nth(1).getAttribute("href");
      check(focused === second, `the focus is on ${focused}, not on ${second}`);
    },
  },
  {
    name: "the board ranks what is traded most, and its rows choose the symbol",
    run: async (tab) => {
      await tab.openReady();
      await tab.page.getByRole("button", { name: "Most traded" }).click();
      await until("the order of the server", async () => {
        const ranked = (await boardOf(tab)).map(({ symbol }) => symbol);
        check(
          ranked.length > 1,
          "the server trades too little for this test; start it with --demo",
        );
        return (await namesShown(tab)).join() === ranked.join();
      });
      const board = await boardOf(tab);
      const rows = await tab.page.locator(".symbols li").allInnerTexts();
      for (const [index, { quote }] of board.entries()) {
        const row = rows[index]?.replaceAll(/\s+/g, " ") ?? "";
        check(row.startsWith(`${index + 1} `), `row ${index + 1} is: ${row}`);
        check(/ [\d.,]+[KMBT]? /.test(row) && row.includes(quote), `no volume in ${row}`);
        check(/[+−]?\d+\.\d\d%/.test(row), `no change in ${row}`);
      }
      await tab.shot("board-dark");
      const last = board.at(-1)?.symbol;
      await tab.page.keyboard.press("/");
      await tab.page.keyboard.press("ArrowDown");
      await tab.page.keyboard.press("End");
      await tab.page.keyboard.press("Enter");
      await until("the symbol in the address", () => query(tab).get("symbol") === last);
      await tab.page.reload();
      await until("the board after a reload", () => tab.page.locator(".symbol-rank").count());
      await tab.page.getByRole("button", { name: "All" }).click();
      const all = (await symbolsOf(tab)).length;
      await until("all symbols", async () => (await tab.count(".symbols li")) === all);
    },
  },
  {
    name: "every control has a name and every page one heading",
    run: async (tab) => {
      await tab.openReady();
      const nameless = await tab.page.evaluate(() =>
        [...document.querySelectorAll("button, input, [tabindex='0'], .symbols a")]
          .filter((el) => !el.getAttribute("aria-label") && !el.textContent?.trim())
          .map((el) => el.outerHTML.slice(0, 80)),
      );
      check(nameless.length === 0, `without a name: ${nameless.join(", ")}`);
      check((await tab.count("h1")) === 1, "not exactly one h1");
    },
  },
  {
    name: "a phone has no sideways scrolling, and a drawer with the symbols",
    viewport: PHONE,
    run: async (tab) => {
      await tab.openReady();
      const width = () => tab.page.evaluate(() => document.documentElement.scrollWidth);
      check((await width()) <= PHONE.width, `the page is ${await width()} px wide`);
      const outside = await tab.page.evaluate((limit) => {
        const box = (/** @type {Element} */ el) => el.getBoundingClientRect();
        return [...document.querySelectorAll("button, .figures dd, .legend > div, .tape td")]
          .filter((el) => box(el).right > limit + 1)
          .map((el) => el.textContent);
      }, PHONE.width);
      check(outside.length === 0, `outside of the screen: ${outside.join(", ")}`);
      await tab.live();
      await tab.shot("phone-dark");
      await tab.page.locator(".symbol-title button").click();
      await tab.page.locator("dialog[open] .symbols a").first().waitFor();
      await tab.page.waitForTimeout(250);
      await tab.shot("phone-drawer");
      await tab.page.getByRole("button", { name: "Most traded" }).click();
      await tab.page.locator("dialog[open] .symbol-rank").first().waitFor();
      const cut = await tab.page.evaluate(
        () =>
          [...document.querySelectorAll("dialog *")].filter((el) => {
            const right = el.getBoundingClientRect().right;
            return right > (document.querySelector("dialog")?.clientWidth ?? 0) + 1;
          }).length,
      );
      check(cut === 0, `${cut} elements don't fit the drawer`);
      await tab.shot("phone-board");
      await tab.page.keyboard.press("Escape");
      await tab.page.locator("dialog[open]").waitFor({ state: "detached" });
      await tab.page.locator(".symbol-title button").click();
      await tab.page.locator("dialog[open] .symbols a").last().click();
      await tab.page.locator("dialog[open]").waitFor({ state: "detached" });
    },
  },
  {
    name: "a tablet keeps list, chart and tape on the screen",
    viewport: { width: 1000, height: 700 },
    colorScheme: "light",
    run: async (tab) => {
      await tab.openReady();
      for (const place of [".sidebar", ".chart-canvas", ".tape"]) {
        const box = await tab.page.locator(place).boundingBox();
        check(box !== null && box.width > 200 && box.height > 150, `${place} has no room`);
        check(box.x + box.width <= 1000 && box.y + box.height <= 700, `${place} is cut off`);
      }
      await tab.shot("tablet-light");
      await tab.page.getByRole("button", { name: "Most traded" }).click();
      await tab.page.locator(".symbol-rank").first().waitFor();
      await tab.shot("tablet-board-light");
    },
  },
];
