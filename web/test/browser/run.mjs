// Runs the browser tests. With BASE_URL they look at the chandlery that runs there; without it at
// the mock server, which also shows what a real one can't be made to show. Prints one line a test,
// "N passed, N failed" last, and exits with 1 where one failed. An argument picks tests by name.
import { MockServer } from "../mock/server.mjs";
import { accountsPlayed } from "./accounts-states.mjs";
import { accountsAnywhere } from "./accounts.mjs";
import { ownAnywhere, ownPlayed } from "./own.mjs";
import { hooksAnywhere, hooksPlayed } from "./hooks.mjs";
import { DESKTOP, launch, screenshots, Tab } from "./harness.mjs";
import { tradingAnywhere, tradingPlayed } from "./trading.mjs";
import { importsAnywhere, importsPlayed } from "./imports.mjs";
import { signingAnywhere, signingPlayed } from "./signing.mjs";
import { states } from "./states.mjs";
import { templatesAnywhere } from "./templates.mjs";
import { works } from "./works.mjs";

/** @typedef {{name: string, viewport?: {width: number, height: number}, colorScheme?: "dark" | "light", expectFaults?: RegExp, run: (tab: Tab, mock: MockServer) => Promise<void>}} Test */

const TEST_TIMEOUT_MS = 60_000;

/** @param {import("playwright-core").Browser} browser @param {Test} test @param {string} base @param {MockServer} mock */
async function runOne(browser, test, base, mock) {
  mock.reset();
  // Else whoever logs in would get the dark one.
  mock.own.defaults.theme = test.colorScheme ?? "dark";
  const context = await browser.newContext({
    viewport: test.viewport ?? DESKTOP,
    colorScheme: test.colorScheme ?? "dark",
    timezoneId: "America/New_York",
  });
  const tab = new Tab(await context.newPage(), base);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  try {
    const late = new Promise((_, fail) => {
      timer = setTimeout(
        () => fail(new Error(`not done in ${TEST_TIMEOUT_MS} ms`)),
        TEST_TIMEOUT_MS,
      );
    });
    await Promise.race([test.run(tab, mock), late]);
    const faults = tab.faults.filter((fault) => !test.expectFaults?.test(fault));
    if (faults.length > 0) throw new Error(faults.join("\n"));
  } catch (thrown) {
    await tab.shot(`failed-${test.name.replaceAll(/\W+/g, "-")}`).catch(() => undefined);
    throw thrown;
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

const real = process.env.BASE_URL?.replace(/\/+$/, "");
const only = process.argv[2] ?? "";
const mock = new MockServer();
await mock.start();
const browser = await launch();
const programs = [...hooksAnywhere, ...signingAnywhere, ...importsAnywhere];
const trading = [...tradingAnywhere, ...templatesAnywhere, ...programs];
const anywhere = [...works, ...ownAnywhere, ...accountsAnywhere, ...trading];
const played = [
  ...states,
  ...accountsPlayed,
  ...ownPlayed,
  ...tradingPlayed,
  ...hooksPlayed,
  ...signingPlayed,
  ...importsPlayed,
];
const tests = real === undefined ? [...anywhere, ...played] : anywhere;
let [passed, failed] = [0, 0];
for (const test of tests.filter(({ name }) => name.includes(only))) {
  try {
    await runOne(browser, test, real ?? mock.url, mock);
    passed += 1;
    console.log(`ok      ${test.name}`);
  } catch (thrown) {
    failed += 1;
    console.log(
      `FAILED  ${test.name}\n        ${thrown instanceof Error ? thrown.message : thrown}`,
    );
  }
}
await browser.close();
await mock.stop();
console.log(`against ${real ?? "the mock server"}; screenshots in ${screenshots}`);
// A filter that matches nothing must not look like success.
if (failed > 0 || passed === 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);
