import { describe, expect, it } from "vitest";

import type { Tick } from "../api/types";
import { addTick, joinTapes, TAPE_LENGTH } from "./trades";

function tick(second: number, id: string | null, fields: Partial<Tick> = {}): Tick {
  const time = new Date(Date.UTC(2024, 7, 9, 0, 0, second)).toISOString();
  return {
    time,
    price: "1",
    quantity: "1",
    side: "buy",
    trade_id: id,
    kind: "trade",
    received_at: null,
    ...fields,
  };
}

const ids = (ticks: Tick[]) => ticks.map((each) => each.trade_id);

describe("addTick", () => {
  it("puts the newest first, one of the same time before the others", () => {
    const tape = [tick(1, "1"), tick(2, "2"), tick(2, "3")].reduce(addTick, [] as Tick[]);
    expect(ids(tape)).toEqual(["3", "2", "1"]);
  });

  it("puts a late one in its place and drops one that is there", () => {
    const tape = [tick(5, "5"), tick(9, "9"), tick(7, "7"), tick(9, "9")].reduce(
      addTick,
      [] as Tick[],
    );
    expect(ids(tape)).toEqual(["9", "7", "5"]);
  });

  it("counts a trade and an aggregated trade with the same id as two", () => {
    expect(addTick([tick(1, "1")], tick(1, "1", { kind: "agg_trade" }))).toHaveLength(2);
  });

  it("keeps its length and drops what is older than all of it", () => {
    const full = Array.from({ length: TAPE_LENGTH + 5 }, (_, i) => tick(i, `${i}`)).reduce(
      addTick,
      [] as Tick[],
    );
    expect(full).toHaveLength(TAPE_LENGTH);
    expect(full[0]?.trade_id).toBe(`${TAPE_LENGTH + 4}`);
    expect(addTick(full, tick(0, "0"))).toBe(full);
  });
});

describe("joinTapes", () => {
  it("joins without doubles", () => {
    const joined = joinTapes([tick(3, "3"), tick(2, "2")], [tick(4, "4"), tick(3, "3")]);
    expect(ids(joined)).toEqual(["4", "3", "2"]);
  });

  it("takes trades without an id only from after what was read", () => {
    const joined = joinTapes([tick(3, null)], [tick(4, null), tick(3, null), tick(2, null)]);
    expect(joined.map((each) => each.time)).toEqual([tick(4, null).time, tick(3, null).time]);
  });
});
