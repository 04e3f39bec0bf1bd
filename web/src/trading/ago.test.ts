import { expect, it } from "vitest";

import { ago } from "./ago";

it("the largest unit that fits", () => {
  const now = Date.parse("2026-01-05T10:00:00Z");
  const shown = [-3, 1, 2, 59, 60, 3_599, 3_600, 86_399, 86_400].map((s) =>
    ago(now - s * 1000, now),
  );
  expect(shown).toEqual(
    "just now,just now,2 s ago,59 s ago,1 min ago,59 min ago,1 h ago,23 h ago,1 d ago".split(","),
  );
});
