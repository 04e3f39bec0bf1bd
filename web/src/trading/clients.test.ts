import { expect, it } from "vitest";

import { ccxtText, pythonBinanceText } from "./clients";

const KEY = { apiKey: "chr_1", secret: "chx_2" };
const addresses = (text: string) => [...text.matchAll(/"(https:[^"]*)"/g)].map(([, url]) => url);

it("programs are told every address they need, and the key while it is known", () => {
  const base = "https://desk.example/compat/binance";
  expect(addresses(ccxtText("https://desk.example", KEY))).toEqual([
    `${base}/api/v3`,
    `${base}/api/v3`,
    `${base}/sapi/v1`,
    `${base}/sapi/v3`,
  ]);
  expect(addresses(pythonBinanceText("https://desk.example", KEY))).toEqual([
    `${base}/api`,
    `${base}/sapi`,
  ]);
  for (const text of [ccxtText, pythonBinanceText]) {
    expect(text("https://desk.example", KEY)).toMatch(/"chr_1",\s.*"chx_2"/s);
    expect(text("https://desk.example")).toMatch(/"chr_…",\s.*"chx_…"/s);
  }
});
