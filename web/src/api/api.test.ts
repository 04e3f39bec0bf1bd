import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Problem, problemFromAnswer, problemFromThrown } from "./problem";
import { createStore } from "./store";

describe("problems", () => {
  it("are the server's own where it sends one", () => {
    const body = { title: "Bad interval", detail: "`2m` is none.", code: "bad_interval" };
    const answer = { status: 429, headers: new Headers({ "Retry-After": "840" }) };
    const wanted = { ...body, status: 429, retryAfterS: 840 };
    expect(problemFromAnswer(answer, body)).toMatchObject(wanted);
  });

  it("say something for any other body", () => {
    for (const body of ["<html>", null, undefined, { title: 5, detail: "" }]) {
      const problem = problemFromAnswer({ status: 502, headers: new Headers() }, body);
      expect(problem).toMatchObject({ title: "The server answered 502", code: "unknown" });
      expect(problem.retryAfterS).toBeNull();
    }
  });

  it("tell a timeout, an unreadable answer and no answer apart", () => {
    const codes = [
      new DOMException("", "TimeoutError"),
      new SyntaxError("Unexpected token"),
      new TypeError("Failed to fetch"),
      new Problem("a", "b", 404, "unknown_symbol"),
    ].map((thrown) => problemFromThrown(thrown).code);
    expect(codes).toEqual(["timeout", "bad_answer", "unreachable", "unknown_symbol"]);
  });
});

describe("a store", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("reduces at once and tells its readers together", () => {
    const store = createStore(0, (sum, add: number) => sum + add);
    const reader = vi.fn();
    const leave = store.subscribe(reader);
    for (let i = 0; i < 100; i += 1) store.dispatch(1);
    expect([store.get(), reader.mock.calls.length]).toEqual([0, 0]);
    vi.advanceTimersByTime(40);
    expect([store.get(), reader.mock.calls.length]).toEqual([100, 1]);
    store.dispatch(0);
    vi.advanceTimersByTime(40);
    expect(reader).toHaveBeenCalledTimes(1);
    leave();
    store.dispatch(1);
    vi.advanceTimersByTime(40);
    expect([store.get(), reader.mock.calls.length]).toEqual([101, 1]);
  });
});
