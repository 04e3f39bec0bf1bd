import { describe, expect, it } from "vitest";

import { agentName } from "./agent";
import { differences, fromInput, parseSearch, searchHref, toInput } from "./audit";
import { minutes } from "./form";
import { endAfter, listed, scopesForKeys } from "./keys";

it("a browser is told from another, a program by its name", () => {
  const names: [string | null, string][] = [
    [
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
      "Chrome 131 on Linux",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
      "Edge 131 on Windows",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
      "Safari 17 on iOS",
    ],
    [
      "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
      "Chrome 131 on Android",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0",
      "Firefox 132 on macOS",
    ],
    ["curl/8.5.0", "curl/8.5.0"],
    ["my bot", "my"],
    [" ", "Unknown program"],
    [null, "Unknown program"],
  ];
  for (const [agent, name] of names) expect(agentName(agent)).toBe(name);
});

describe("the record", () => {
  it("is searched by the address, and nothing else in it counts", () => {
    const search = { user: "1f", action: "user.login", from: "2024-08-09T00:05:00Z" };
    expect(parseSearch(searchHref(search).replace("/admin/audit", ""))).toEqual(search);
    expect(parseSearch("?action=+&to=&limit=5&cursor=x")).toEqual({});
    expect(searchHref({ user: "", action: "" })).toBe("/admin/audit");
  });

  it("takes the browser's local times for UTC", () => {
    expect(fromInput("2024-08-09T00:05")).toBe("2024-08-09T00:05:00Z");
    expect(fromInput("2024-08-09T00:05:09.5")).toBe("2024-08-09T00:05:00Z");
    expect(toInput(fromInput("2024-08-09T00:05"))).toBe("2024-08-09T00:05");
    expect([fromInput(""), toInput(undefined)]).toEqual(["", ""]);
  });

  it("tells what changed, and only that", () => {
    const before = { role: "viewer", active: true, email: "a@b.c" };
    expect(differences(before, { role: "trader", active: false, email: "a@b.c" })).toEqual([
      { field: "role", before: "viewer", after: "trader" },
      { field: "active", before: "true", after: "false" },
    ]);
    expect(differences(null, { scopes: ["a", "b"] })).toEqual([
      { field: "scopes", before: null, after: '["a","b"]' },
    ]);
    expect(differences({ name: "x" }, null)).toEqual([{ field: "name", before: "x", after: null }]);
    expect(differences(null, null)).toEqual([]);
  });
});

it("the time that is left is read as on a clock", () => {
  expect([0, 59, 60, 845].map(minutes)).toEqual(["0:00", "0:59", "1:00", "14:05"]);
});

it("a key ends, comes from somewhere, and has no scope of people", () => {
  const now = Date.parse("2024-08-09T00:05:00Z");
  expect([endAfter("30", now), endAfter("", now)]).toEqual(["2024-09-08T00:05:00.000Z", null]);
  expect(listed(" 192.0.2.7,10.0.0.0/8;\n2001:db8::/32 ")).toEqual([
    "192.0.2.7",
    "10.0.0.0/8",
    "2001:db8::/32",
  ]);
  expect(listed(" ")).toEqual([]);
  expect(scopesForKeys(["market:read", "account", "users", "audit:read"])).toEqual([
    "market:read",
    "audit:read",
  ]);
});
