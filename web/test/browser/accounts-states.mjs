// What only the mock server can be made to show of accounts: a server that is closed, locked or away,
// mails that were sent.
import { ADMIN, CODE, VIEWER } from "../mock/accounts.mjs";
import { at, button, enterAt, fillIn, fits, REFUSED } from "./accounts.mjs";
import { check, PHONE, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */

/** @type {Test[]} */
export const accountsPlayed = [
  {
    name: "accounts: a closed server leads to the login and back to the chart",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      mock.accounts.closed = true;
      await tab.open("?symbol=replay:BTCUSDT&interval=1h");
      await tab.page.getByLabel("E-mail address").waitFor();
      await tab.page.waitForTimeout(1_500);
      check(mock.sockets.size === 0, "a stream was opened without a login");
      await fillIn(tab, VIEWER);
      await until("the chart", () => at(tab) === "/?symbol=replay:BTCUSDT&interval=1h");
      await tab.drawn();
      await tab.live();
      // Ended by the click's own request: another one would lead to the login before the click.
      await tab.page.route(/interval=5m/, async (route) => {
        mock.accounts.sessions.clear();
        await route.continue();
      });
      await tab.page.locator(".intervals button", { hasText: /^5m$/ }).click();
      await tab.page.getByLabel("E-mail address").waitFor();
      check(at(tab).includes("interval%3D5m"), `the way back is ${at(tab)}`);
    },
  },
  {
    name: "accounts: a locked address sees the time that is left",
    colorScheme: "light",
    expectFaults: REFUSED,
    run: async (tab) => {
      await tab.open("login");
      for (let i = 0; i < 4; i += 1) {
        await fillIn(tab, { ...ADMIN, password: `wrong ${i}` });
        await button(tab, "Log in").isEnabled();
        await tab.page.locator('[role="alert"]').waitFor();
        await until("an empty password", async () => {
          return (await tab.page.getByLabel("Password", { exact: true }).inputValue()) === "";
        });
      }
      await tab.shows('[role="alert"]', "Too many logins were refused");
      await tab.shows('[role="alert"]', /Time left: 1[34]:\d\d/);
      await tab.shot("login-locked-light");
    },
  },
  {
    name: "accounts: a login while the server is away says so",
    expectFaults: REFUSED,
    run: async (tab) => {
      await tab.open("login");
      await tab.page.route("**/v1/auth/login", (route) => route.abort());
      await fillIn(tab, ADMIN);
      await tab.shows('[role="alert"]', "The server can't be reached");
    },
  },
  {
    name: "accounts: log in and out by keyboard alone",
    run: async (tab) => {
      await tab.open("login");
      await tab.page.getByLabel("E-mail address").waitFor();
      const { keyboard } = tab.page;
      await keyboard.type(VIEWER.email);
      await keyboard.press("Tab");
      await keyboard.type(VIEWER.password);
      await keyboard.press("Enter");
      await tab.page.getByRole("button", { name: /^Account: / }).focus();
      await keyboard.press("Enter");
      await tab.page.locator(".account-menu:popover-open").waitFor();
      await keyboard.press("Tab");
      await keyboard.press("Enter");
      await until("the settings", () => at(tab) === "/settings");
      await tab.page.locator(".account-menu:popover-open").waitFor({ state: "hidden" });
      await tab.page.getByRole("button", { name: /^Account: / }).focus();
      await keyboard.press("Enter");
      await button(tab, "Log out").focus();
      await keyboard.press("Enter");
      await until("the login", () => at(tab) === "/login");
    },
  },
  {
    name: "accounts: another password, and what is wrong with it",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "settings");
      const change = async (/** @type {string[]} */ ...values) => {
        for (const [i, label] of [
          "Password now",
          "New password",
          "New password, once more",
        ].entries()) {
          await tab.page.getByLabel(label, { exact: true }).fill(values[i] ?? "");
        }
        await button(tab, "Change password").click();
      };
      await change(ADMIN.password, "a wholly new one", "a wholly new two");
      await tab.shows(".field-error", "It is not the same as above");
      await change("not my password", "a wholly new one", "a wholly new one");
      await tab.shows(".field-error", "This is not your password");
      await tab.shot("password-wrong");
      await change(ADMIN.password, "aaaaaaaaaaaa", "aaaaaaaaaaaa");
      await tab.shows('[role="alert"]', "A password has at least 5 different characters.");
      await change(ADMIN.password, "a wholly new one", "a wholly new one");
      await tab.shows(".is-done", "The new password holds");
      check((await tab.count(".field-error")) === 0, "an old error is still there");
    },
  },
  {
    name: "accounts: a viewer sees no administration, not by its address either",
    run: async (tab) => {
      await enterAt(tab, "settings", VIEWER);
      check(
        (await tab.page.locator(".account-nav").innerText()).includes("Users") === false,
        "a viewer is offered the users",
      );
      await tab.open("admin/users");
      await tab.shows(".state-panel", "There is no such page");
      await tab.open("nowhere");
      await tab.shows(".state-panel", "There is no such page");
    },
  },
  {
    name: "accounts: the last administrator stays, and the record has pages",
    expectFaults: REFUSED,
    run: async (tab) => {
      await enterAt(tab, "admin/users");
      await button(tab, `Change ${ADMIN.email}`).click();
      await button(tab, "Deactivate").click();
      await tab.shows("dialog [role='alert']", "This is the last administrator");
      await tab.page.keyboard.press("Escape");
      await tab.open("admin/audit");
      const rows = tab.page.locator(".listing tbody tr");
      await until("the first page", async () => (await rows.count()) === 50);
      await button(tab, "Older entries").click();
      await until("two pages", async () => (await rows.count()) === 100);
      await tab.page.getByLabel("User").selectOption({ label: VIEWER.email });
      await button(tab, "Search").click();
      await tab.shows(".listing-empty", "Nothing was recorded");
      await tab.page.goBack();
      await until("all again", async () => (await rows.count()) >= 50);
    },
  },
  {
    name: "accounts: who forgot the password sets another one by a code",
    expectFaults: REFUSED,
    run: async (tab, mock) => {
      mock.accounts.mails = false;
      await tab.open("login");
      await tab.page.getByRole("link", { name: "Forgot your password?" }).click();
      await tab.page.getByLabel("E-mail address").fill(VIEWER.email);
      await button(tab, "Mail me a code").click();
      await tab.shows('[role="alert"]', "The server sends no mail");
      mock.accounts.mails = true;
      await button(tab, "Mail me a code").click();
      await tab.shows(".is-done", "a code is on its way");
      const password = "another lantern in the fog";
      await tab.page.getByLabel("Code").fill("AAAA-AAAA-AAAA");
      await tab.page.getByLabel("New password", { exact: true }).fill(password);
      await fits(tab);
      await tab.shot("reset-dark");
      await button(tab, "Set the password").click();
      await tab.shows('[role="alert"]', "The code is wrong");
      await tab.page.getByLabel("Code").fill(CODE);
      await button(tab, "Set the password").click();
      await tab.shows(".is-done", "The new password holds");
      await tab.page.getByRole("link", { name: "Log in" }).click();
      await fillIn(tab, { ...VIEWER, password });
      await until("the market", () => at(tab).startsWith("/?"));
    },
  },
  {
    name: "accounts: the first administrator comes in by the code of the terminal",
    run: async (tab, mock) => {
      mock.accounts.people = [];
      await tab.open("login");
      await tab.page.getByRole("link", { name: "Set up a new server" }).click();
      await tab.page.getByLabel("E-mail address").fill(ADMIN.email);
      await tab.page.getByLabel("Code").fill(CODE);
      await tab.page.getByLabel("New password", { exact: true }).fill(ADMIN.password);
      await tab.shot("setup-dark");
      await button(tab, "Create and log in").click();
      await tab.shows(".listing", ADMIN.email);
      check(at(tab) === "/admin/users", `it leads to ${at(tab)}`);
    },
  },
  {
    name: "accounts: one's address is confirmed by a code, and an administrator has one mailed",
    run: async (tab) => {
      await enterAt(tab, "settings");
      await button(tab, "Mail me a code").click();
      await tab.page.getByLabel("Code").fill(CODE);
      await tab.shot("verify-dark");
      await button(tab, "Confirm").click();
      await tab.shows(".facts .tag", "Confirmed");
      await tab.open("admin/users");
      await button(tab, `Change ${VIEWER.email}`).click();
      await button(tab, "Mail a code").click();
      await tab.shows("dialog .is-done", `A code is on its way to ${VIEWER.email}`);
      await tab.shot("user-mail");
    },
  },
  {
    name: "accounts: a phone has room for every page, in the light",
    viewport: PHONE,
    colorScheme: "light",
    run: async (tab) => {
      await tab.open("login");
      await tab.page.getByLabel("E-mail address").waitFor();
      await fits(tab);
      await tab.shot("phone-login-light");
      await fillIn(tab, ADMIN);
      await until("the market", () => at(tab).startsWith("/?"));
      for (const path of [
        "settings",
        "settings/sessions",
        "settings/second-factor",
        "settings/keys",
        "admin/users",
        "admin/usage",
        "admin/audit",
      ]) {
        await tab.open(path);
        await tab.page
          .locator("main :is(.facts, .listing, .listing-empty, form)")
          .first()
          .waitFor();
        await fits(tab);
        await tab.shot(`phone-${path.replace("/", "-")}-light`);
      }
      await tab.open("admin/users");
      await button(tab, "New user").click();
      await fits(tab);
      await tab.shot("phone-user-new-light");
    },
  },
];
