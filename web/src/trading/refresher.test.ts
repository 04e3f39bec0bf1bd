import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { refresher } from "./refresher";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("reads at once, and what is told meanwhile once more", async () => {
  let done: () => void = () => undefined;
  const read = vi.fn<(keys: Set<string>) => Promise<void>>(
    () => new Promise((end) => (done = end)),
  );
  const tell = refresher(read, 300);
  tell("bots");
  expect(read.mock.calls.map(([keys]) => [...keys])).toEqual([["bots"]]);
  for (let i = 0; i < 50; i += 1) tell("orders");
  tell("bots");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read).toHaveBeenCalledTimes(1);
  done();
  await vi.advanceTimersByTimeAsync(299);
  expect(read).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect([...(read.mock.calls[1]?.[0] ?? [])].sort()).toEqual(["bots", "orders"]);
  done();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read).toHaveBeenCalledTimes(2);
});

it("goes on after a reading that failed", async () => {
  const read = vi.fn<(keys: Set<string>) => Promise<void>>(() =>
    Promise.reject(new Error("no network")),
  );
  const tell = refresher(read, 300);
  tell("bots");
  await vi.advanceTimersByTimeAsync(300);
  tell("bots");
  expect(read).toHaveBeenCalledTimes(2);
});
