import { describe, expect, it } from "vitest";

import {
  formatDecimal,
  formatRough,
  formatSigned,
  isSame,
  percent,
  placesOf,
  round,
  sign,
  subtract,
  sum,
} from "./decimal";

describe("formatDecimal", () => {
  it.each([
    ["61794.15", 2, "61,794.15"],
    ["61794.15000000", 2, "61,794.15"],
    ["61794.1", 2, "61,794.10"],
    ["61794.123", 2, "61,794.123"],
    ["1234567890123456789.000000000000000001", 2, "1,234,567,890,123,456,789.000000000000000001"],
    ["-0.00001", 0, "−0.00001"],
    ["1000", 0, "1,000"],
    ["999", 0, "999"],
    ["100", 0, "100"],
    ["0.10", 0, "0.1"],
    ["007.5", 0, "7.5"],
    ["0", 2, "0.00"],
  ])("%s with %i places is %s", (text, places, shown) => {
    expect(formatDecimal(text, places)).toBe(shown);
  });

  it("leaves what is no plain decimal alone", () => {
    expect(formatDecimal("NaN", 2)).toBe("NaN");
    expect(formatDecimal("1e-7")).toBe("1e-7");
  });
});

describe("arithmetic", () => {
  it.each([
    ["0.3", "0.1", "0.2"],
    ["61794.15", "-123.40", "61917.55"],
    ["0.000000000000000001", "1", "-0.999999999999999999"],
    ["5", "5.00", "0.00"],
  ])("%s - %s = %s", (a, b, difference) => {
    expect(subtract(a, b)).toBe(difference);
  });

  it.each([
    ["-123.40", "61917.55", "-0.20"],
    ["1", "3", "33.33"],
    ["2", "3", "66.67"],
    ["-2", "3", "-66.67"],
    ["2", "-3", "-66.67"],
    ["0.00005", "1", "0.01"],
    ["-0.00005", "1", "-0.01"],
    ["0.000049", "1", "0.00"],
  ])("%s of %s is %s %%", (part, whole, shown) => {
    expect(percent(part, whole)).toBe(shown);
  });

  it("has no percentage of zero and no difference of words", () => {
    expect(percent("1", "0.00")).toBeNull();
    expect(subtract("one", "1")).toBeNull();
  });

  it("knows signs and places", () => {
    expect([sign("-0.1"), sign("0.00"), sign("2")]).toEqual([-1, 0, 1]);
    expect([placesOf("0.00145600"), placesOf("5"), placesOf("5.0")]).toEqual([6, 0, 0]);
    expect([formatSigned("1.5"), formatSigned("-1.5"), formatSigned("0.00", 2)]).toEqual([
      "+1.5",
      "−1.5",
      "0.00",
    ]);
  });
});

describe("formatRough", () => {
  it.each([
    ["762853000.1", "762M"],
    ["1250510.25", "1.25M"],
    ["999999.99", "999K"],
    ["1000", "1K"],
    ["1009", "1K"],
    ["999.99", "999"],
    ["20.567", "20.5"],
    ["1.999", "1.99"],
    ["0.0001239", "0.000123"],
    ["0.5", "0.5"],
    ["0.00", "0"],
    ["0", "0"],
    ["0012345", "12.3K"],
    ["98765432109876.5", "98.7T"],
    ["1234567890123456789", "1,234,567T"],
    ["-1234.5", "−1.23K"],
    ["unknown", "unknown"],
  ])("%s is roughly %s", (text, shown) => {
    expect(formatRough(text)).toBe(shown);
  });
});

describe("sums and roundings", () => {
  it("sums are exact, of different places and signs", () => {
    expect(sum([])).toBe("0");
    expect(sum(["0.1", "0.2", "-0.30"])).toBe("0.00");
    expect(sum(["1234567890123456789", "0.000000000000000001"])).toBe(
      "1234567890123456789.000000000000000001",
    );
    expect(sum(["1", "a"])).toBe(null);
    expect(isSame("1.50", "1.5")).toBe(true);
    expect(isSame("1.5", "1.500000000000000001")).toBe(false);
    expect(isSame("a", "a")).toBe(false);
  });

  it("halves go away from zero", () => {
    const rounded = ["1.005", "-1.005", "1.0049", "0.999", "1.5", "x"].map((text) =>
      round(text, 2),
    );
    expect(rounded).toEqual(["1.01", "-1.01", "1.00", "1.00", "1.5", "x"]);
  });
});
