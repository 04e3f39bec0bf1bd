import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { pauseMs, type Socket, Stream } from "./stream";

class FakeSocket implements Socket {
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onclose: Socket["onclose"] = null;
  onmessage: Socket["onmessage"] = null;
  sent: { op: string; topics?: string[] }[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.closed = true;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.call(this as unknown as WebSocket, new Event("open"));
  }

  break(): void {
    this.readyState = 3;
    this.onclose?.call(this as unknown as WebSocket, new Event("close") as CloseEvent);
  }

  say(message: object | string): void {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent("message", { data }));
  }
}

let sockets: FakeSocket[];
let online: boolean;
let stream: Stream;
const last = () => sockets.at(-1) as FakeSocket;
const price = (symbol: string) => ({ type: "price", symbol, replay: false, price: "1", time: "t" });

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  online = true;
  const open = () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  stream = new Stream({ open, random: () => 1, online: () => online });
});
afterEach(() => vi.useRealTimers());

/** Lets queued microtasks run. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("topics", () => {
  it("are sent together once connected, and only what changed later", async () => {
    stream.start();
    stream.subscribe("ticks:a:A", vi.fn(), vi.fn());
    const leave = stream.subscribe("prices:*", vi.fn(), vi.fn());
    last().accept();
    await settle();
    expect(last().sent).toEqual([{ op: "subscribe", topics: ["ticks:a:A", "prices:*"] }]);
    leave();
    stream.subscribe("ticks:b:B", vi.fn(), vi.fn());
    await settle();
    expect(last().sent.slice(1)).toEqual([
      { op: "subscribe", topics: ["ticks:b:B"] },
      { op: "unsubscribe", topics: ["prices:*"] },
    ]);
  });

  it("that leave and come back in one turn cause no message", async () => {
    stream.start();
    last().accept();
    stream.subscribe("ticks:a:A", vi.fn(), vi.fn())();
    stream.subscribe("ticks:a:A", vi.fn(), vi.fn());
    await settle();
    expect(last().sent).toEqual([{ op: "subscribe", topics: ["ticks:a:A"] }]);
  });

  it("are kept while one of two subscribers stays", async () => {
    stream.start();
    last().accept();
    const stays = vi.fn();
    const leave = stream.subscribe("prices:*", vi.fn(), vi.fn());
    stream.subscribe("prices:*", stays, vi.fn());
    leave();
    await settle();
    last().say(price("a:A"));
    expect(stays).toHaveBeenCalledTimes(1);
    expect(last().sent).toHaveLength(1);
  });

  it("get the messages that are theirs", () => {
    stream.start();
    last().accept();
    const [all, one, candles] = [vi.fn(), vi.fn(), vi.fn()];
    const [bots, orders] = [vi.fn(), vi.fn()];
    stream.subscribe("bots:all", bots, vi.fn());
    stream.subscribe("orders:all", orders, vi.fn());
    stream.subscribe("prices:*", all, vi.fn());
    stream.subscribe("prices:a:A", one, vi.fn());
    stream.subscribe("candles:a:A:1m", candles, vi.fn());
    last().say(price("a:A"));
    last().say(price("b:B"));
    last().say({ type: "candle", symbol: "a:A", interval: "5m", replay: false, candle: {} });
    last().say({ type: "candle", symbol: "a:A", interval: "1m", replay: false, candle: {} });
    last().say({ type: "bot", bot: { id: "1", status: "silent" } });
    last().say({ type: "order", order: { id: "2", account: "3", status: "new" }, fill: null });
    last().say("no JSON");
    last().say("null");
    last().say({ type: "of tomorrow" });
    const counts = [all, one, candles, bots, orders].map((each) => each.mock.calls.length);
    expect(counts).toEqual([2, 1, 1, 1, 1]);
  });
});

describe("sync", () => {
  it("is told when the server confirms a topic, and when it lagged", () => {
    stream.start();
    last().accept();
    const [a, b] = [vi.fn(), vi.fn()];
    stream.subscribe("ticks:a:A", vi.fn(), a);
    stream.subscribe("ticks:b:B", vi.fn(), b);
    last().say({ type: "subscribed", topics: ["ticks:a:A"] });
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([1, 0]);
    last().say({ type: "lagged", missed: null });
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([2, 1]);
    last().say({ type: "lagged", topic: "ticks:b:B", missed: 7 });
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([2, 2]);
  });

  it("comes again after a reconnection, for every topic", async () => {
    stream.start();
    stream.subscribe("ticks:a:A", vi.fn(), vi.fn());
    last().accept();
    last().break();
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
    last().accept();
    expect(last().sent).toEqual([{ op: "subscribe", topics: ["ticks:a:A"] }]);
  });
});

describe("connection", () => {
  it("goes from connecting over live to reconnecting, and is told", () => {
    const told = vi.fn();
    stream.onConnection(told);
    stream.start();
    expect(stream.connection()).toBe("connecting");
    last().accept();
    expect(stream.connection()).toBe("live");
    last().break();
    expect(stream.connection()).toBe("reconnecting");
    expect(told).toHaveBeenCalledTimes(2);
  });

  it("is offline after 15 s without one, keeps trying, and comes back", async () => {
    stream.start();
    last().accept();
    last().break();
    for (let ms = 0; ms < 15_000; ms += 100) {
      await vi.advanceTimersByTimeAsync(100);
      if (last().readyState === 0) last().break();
    }
    expect(stream.connection()).toBe("offline");
    const tries = sockets.length;
    expect(tries).toBeGreaterThan(3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets.length).toBe(tries + 1);
    last().accept();
    expect(stream.connection()).toBe("live");
  });

  it("is offline at once where the browser has no network, and retries when told", () => {
    stream.start();
    last().accept();
    online = false;
    last().break();
    expect(stream.connection()).toBe("offline");
    stream.retryNow();
    expect(sockets).toHaveLength(2);
    stream.retryNow();
    expect(sockets).toHaveLength(2);
  });

  it("that falls silent is pinged, then given up", async () => {
    stream.start();
    last().accept();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(last().sent).toEqual([{ op: "ping" }]);
    last().say({ type: "pong" });
    await vi.advanceTimersByTimeAsync(14_000);
    expect(stream.connection()).toBe("live");
    await vi.advanceTimersByTimeAsync(11_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(stream.connection()).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
  });
});

describe("connection that is given up", () => {
  it("when it is stopped stays so until it is started again", async () => {
    const wanted = vi.fn();
    stream.subscribe("prices:*", wanted, vi.fn());
    stream.start();
    const opening = last();
    stream.stop();
    expect(opening.closed).toBe(false);
    opening.accept();
    expect(opening.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sockets.length, stream.connection()]).toEqual([1, "connecting"]);
    stream.start();
    last().accept();
    await vi.advanceTimersByTimeAsync(0);
    expect(last().sent).toEqual([{ op: "subscribe", topics: ["prices:*"] }]);
    stream.stop();
    expect(last().closed).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sockets.length, stream.connection()]).toEqual([2, "connecting"]);
  });

  it("an attempt that hangs is given up too", async () => {
    stream.start();
    await vi.advanceTimersByTimeAsync(26_000);
    expect(sockets.length).toBeGreaterThan(1);
    expect(sockets[0]?.closed).toBe(true);
    expect(stream.connection()).toBe("offline");
  });
});

it("pauses grow to ten seconds, half of them random", () => {
  expect([0, 1, 4, 5, 50].map((attempt) => pauseMs(attempt, 1))).toEqual([
    500, 1000, 8000, 10_000, 10_000,
  ]);
  expect(pauseMs(0, 0)).toBe(250);
});
