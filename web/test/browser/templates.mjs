// Templates: made of what a bot goes by, shared, and a bot made from one.
import { at, button, enterAt, fits } from "./accounts.mjs";
import { DIALOG, fresh, label, made, row, symbolOf } from "./desk.mjs";
import { check, until } from "./harness.mjs";

/** @typedef {import("./run.mjs").Test} Test */

/** @type {Test[]} */
export const templatesAnywhere = [
  {
    name: "templates: of a bot's configuration, shared, and the next bot's form begins with it",
    run: async (tab) => {
      await enterAt(tab, "strategies");
      const [first, second, template] = [fresh("First"), fresh("Second"), fresh("Pattern")];
      const { venue } = await symbolOf(tab);
      const { id: account } = await made(tab, "trading/accounts", {
        venue,
        name: fresh("Desk"),
        kind: "paper",
      });
      const config = { pairs: ["BTCUSDT", "ETHUSDT"], fast: 5 };
      await made(tab, "trading/bots", { account, name: first, type: "paper", config });
      await tab.page.reload();
      await button(tab, "New template").click();
      await label(tab, "Configuration of").selectOption({ label: `the bot ${first}` });
      await label(tab, "Name").fill(template);
      await fits(tab);
      await tab.shot("template-new-dark");
      await button(tab, "Make the template").click();
      await row(tab, template).filter({ hasText: "private" }).waitFor();
      await button(tab, `Share: ${template}`).click();
      await row(tab, template).filter({ hasText: "shared" }).waitFor();
      await tab.shot("templates-dark");
      await button(tab, `New bot from ${template}`).click();
      await label(tab, "Name").fill(second);
      const begun = JSON.parse(await label(tab, "Configuration").inputValue());
      check(begun.fast === 5 && begun.pairs[1] === "ETHUSDT", "the form begins with other things");
      await tab.shot("bot-from-template-dark");
      await button(tab, "Make the bot").click();
      await until("the bot", () => /^\/bots\/.+/.test(at(tab)));
      const bot = await tab.page.request.get(`${tab.base}/v1/trading${at(tab)}`);
      check((await bot.json()).config.pairs.length === 2, "its configuration is another");
      await tab.open("strategies");
      await button(tab, `Delete ${template}`).click();
      await tab.page.locator(DIALOG).getByRole("button", { name: "Delete it for good" }).click();
      await until("one template less", async () => (await row(tab, template).count()) === 0);
    },
  },
];
