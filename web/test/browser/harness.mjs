// What the browser tests share: starting Chromium, a page that records everything it shouldn't do,
// waiting for a condition, and looking at the pixels of the chart.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

/** @typedef {import("playwright-core").Page} Page */

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
const TRADES = ".tape tbody tr";

export const screenshots = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), "chandlery-web-"));

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: FLAGS });
}

/** @param {unknown} condition @param {string} message @returns {asserts condition} */
export function check(condition, message) {
  if (!condition) throw new Error(message);
}

/** @template T @param {string} what @param {() => Promise<T> | T} probe @param {number} [timeoutMs] @returns {Promise<NonNullable<T>>} */
export async function until(what, probe, timeoutMs = 5_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** One page in a fresh profile, watched for errors and for requests that leave the server. */
export class Tab {
  /** @type {string[]} */ faults = [];
  /** Path and query of what it asked of the REST interface. @type {string[]} */ requests = [];

  /** @param {Page} page @param {string} base */
  constructor(page, base) {
    this.page = page;
    this.base = base;
    page.on("pageerror", (error) => this.faults.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const url = request.url();
      if (url.startsWith(`${base}/v1/`)) this.requests.push(url.slice(base.length));
      else if (!url.startsWith(base)) this.faults.push(`request to elsewhere: ${url}`);
    });
  }

  /** @param {string} [search] */
  async open(search = "") {
    await this.page.goto(`${this.base}/${search}`);
  }

  /** Opens the page and waits for symbols and candles. @param {string} [search] */
  async openReady(search = "") {
    await this.open(search);
    await this.drawn();
  }

  /** Waits until candles are drawn. @param {number} [timeoutMs] */
  async drawn(timeoutMs = 10_000) {
    await until("candles on the canvas", async () => (await this.candlePixels()) > 200, timeoutMs);
  }

  /** How many pixels of the chart have the colour of a rising or falling candle. */
  candlePixels() {
    return this.page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const wanted = ["--up", "--down"].map((name) => {
        const hex = parseInt(style.getPropertyValue(name).trim().slice(1), 16);
        return [hex >> 16, (hex >> 8) & 255, hex & 255];
      });
      let count = 0;
      for (const canvas of document.querySelectorAll(".chart-canvas canvas")) {
        if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0 || canvas.height === 0)
          continue;
        const data =
          canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        for (let i = 0; i < data.length; i += 4) {
          if (wanted.some(([r, g, b]) => data[i] === r && data[i + 1] === g && data[i + 2] === b))
            count += 1;
        }
      }
      return count;
    });
  }

  /** @param {string} selector */
  text(selector) {
    return this.page.locator(selector).first().innerText();
  }

  /** @param {string} selector */
  count(selector) {
    return this.page.locator(selector).count();
  }

  /** Waits until an element with this text is visible. @param {string} selector @param {string | RegExp} text @param {number} [timeout] */
  async shows(selector, text, timeout = 5_000) {
    await this.page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout });
  }

  async live() {
    await this.shows(".connection", "Live", 10_000);
  }

  tapeLength() {
    return this.count(TRADES);
  }

  /** Open times in the legend as the pointer crosses the last `width` pixels of the candles. @param {number} width */
  async hoverTimes(width) {
    const box = await this.page.locator(".chart-canvas").boundingBox();
    check(box !== null, "the chart has no box");
    const times = new Set();
    // 80: the price axis and the room right of the last candle.
    for (let x = box.x + box.width - 80; x > box.x + box.width - 80 - width; x -= 3) {
      await this.page.mouse.move(x, box.y + box.height / 2);
      times.add((await this.text(".legend-time dd")).slice(0, 16));
    }
    return times;
  }

  /** @param {string} name */
  async shot(name) {
    await this.page.mouse.move(0, 0);
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }
}
