// What all charts have in common: the style sheet's colours, and times in the reader's zone.
import { TickMarkType } from "lightweight-charts";

import { zoneLabel } from "../shell/zone";
import { formatMinute } from "./time";

/** Colours by the names of the style sheet's variables. */
export type Colours = Record<
  "panel" | "text" | "muted" | "grid" | "line" | "up" | "down" | "focus",
  string
>;

/** The style sheet's colours for the theme in use. */
export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    panel: read("panel"),
    text: read("text"),
    muted: read("muted"),
    grid: read("grid"),
    line: read("line"),
    up: read("up"),
    down: read("down"),
    focus: read("focus"),
  };
}

/** The options of a chart in these colours. */
export function lookOf({ panel, text, muted, grid, line }: Colours) {
  return {
    layout: {
      background: { color: panel },
      textColor: muted,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      panes: { separatorColor: line, separatorHoverColor: line, enableResize: false },
    },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    crosshair: {
      mode: 0,
      vertLine: { color: muted, labelBackgroundColor: text },
      horzLine: { color: muted, labelBackgroundColor: text },
    },
    timeScale: { borderColor: line },
  };
}

/** The options for times of crosshair and axis. Days on the axis stay those of UTC, as the candles' are. */
export function timesOf(zone: string) {
  const isTime = (type: TickMarkType) =>
    type === TickMarkType.Time || type === TickMarkType.TimeWithSeconds;
  return {
    localization: {
      timeFormatter: (time: unknown) =>
        typeof time === "number" ? `${formatMinute(time * 1000, zone)} ${zoneLabel(zone)}` : "",
    },
    timeScale: {
      tickMarkFormatter: (time: unknown, type: TickMarkType) =>
        isTime(type) && typeof time === "number"
          ? formatMinute(time * 1000, zone).slice(-"00:00".length)
          : null,
    },
  };
}
