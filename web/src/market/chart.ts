// The candle chart: lightweight-charts behind the few operations the page needs. It draws doubles;
// every number that is read as text comes from the candles themselves.
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";

import { type Bar, tailChange } from "./bars";
import { formatDecimal } from "./decimal";
import { type Colours, lookOf, timesOf } from "./look";

/** Something that happened within a candle: an arrow from below where it was bought, else from above. */
export interface Mark {
  /** The candle's open time in seconds since 1970. */
  time: number;
  side: "buy" | "sell";
  text: string;
}

export interface ChartEvents {
  /** The open time under the crosshair, or null. */
  onHover: (time: number | null) => void;
  /** The left edge is near: older candles are wanted. */
  onNearStart: () => void;
  /** Whether the newest candle is in view. */
  onLatestVisible: (visible: boolean) => void;
}

const BAR_WIDTH_PX = 8;
const ROOM_AT_RIGHT_BARS = 5;
const NEAR_START_BARS = 80;
/** Beyond this an axis has no room for the digits; the legend shows them all. */
const MOST_AXIS_PLACES = 10;

/** See the head of this file. */
export class CandleChart {
  #chart: IChartApi;
  #candles: ISeriesApi<"Candlestick">;
  #volume: ISeriesApi<"Histogram">;
  #marks: ISeriesMarkersPluginApi<Time>;
  #marked: Mark[] = [];
  #events: ChartEvents;
  #colours: Colours;
  #shownKey = "";
  #shown: Bar[] = [];

  constructor(container: HTMLElement, colours: Colours, events: ChartEvents) {
    this.#events = events;
    this.#colours = colours;
    this.#chart = createChart(container, {
      autoSize: true,
      localization: { locale: "en-GB", dateFormat: "yyyy-MM-dd" },
      // The licence of lightweight-charts asks for this link to TradingView.
      layout: { attributionLogo: true },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: ROOM_AT_RIGHT_BARS },
      rightPriceScale: { scaleMargins: { top: 0.12, bottom: 0.24 }, borderVisible: false },
      handleScroll: { vertTouchDrag: false },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.#marks = createSeriesMarkers(this.#candles, []);
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.setColours(colours);
    this.#chart.subscribeCrosshairMove(({ time }) => {
      this.#events.onHover(typeof time === "number" ? time : null);
    });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.reportView());
  }

  setColours(colours: Colours): void {
    this.#colours = colours;
    const { up, down } = colours;
    this.#chart.applyOptions(lookOf(colours));
    this.#candles.applyOptions({
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
    });
    this.#volume.setData(this.#shown.map((bar) => this.#volumeOf(bar)));
    this.setMarks(this.#marked);
  }

  setZone(zone: string): void {
    this.#chart.applyOptions(timesOf(zone));
  }

  /** Marks, by time. */
  setMarks(marks: Mark[]): void {
    this.#marked = marks;
    const { up, down } = this.#colours;
    this.#marks.setMarkers(
      marks.map(({ time, side, text }) => ({
        time: time as UTCTimestamp,
        position: side === "buy" ? "belowBar" : "aboveBar",
        shape: side === "buy" ? "arrowUp" : "arrowDown",
        color: side === "buy" ? up : down,
        text,
      })),
    );
  }

  /** Decimal places of the price axis. */
  setPlaces(places: number): void {
    const shown = Math.min(places, MOST_AXIS_PLACES);
    this.#candles.applyOptions({
      priceFormat: {
        type: "custom",
        minMove: 10 ** -shown,
        formatter: (price: number) => formatDecimal(price.toFixed(shown), shown),
      },
    });
  }

  /** Shows bars. Another `key` is another chart: the view goes to its newest candles. */
  show(key: string, bars: Bar[]): void {
    const isSame = key === this.#shownKey && this.#shown.length > 0;
    const change = isSame ? tailChange(this.#shown, bars) : null;
    this.#shown = bars;
    this.#shownKey = key;
    if (change !== null) {
      for (const bar of change) {
        this.#candles.update(candleOf(bar));
        this.#volume.update(this.#volumeOf(bar));
      }
      return;
    }
    this.#candles.setData(bars.map(candleOf));
    this.#volume.setData(bars.map((bar) => this.#volumeOf(bar)));
    if (!isSame) this.#showNewest();
    this.reportView();
  }

  /** At once: an animated way would be cut off by the next live candle. */
  scrollToLatest(): void {
    this.#chart.timeScale().scrollToPosition(ROOM_AT_RIGHT_BARS, false);
  }

  /** Moves the view by bars; below zero goes back in time. */
  scrollBy(bars: number): void {
    const scale = this.#chart.timeScale();
    scale.scrollToPosition(scale.scrollPosition() + bars, false);
  }

  /** Shows `factor` times as many bars, keeping the right edge. */
  zoom(factor: number): void {
    const scale = this.#chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range === null) return;
    const count = Math.max(10, (range.to - range.from) * factor);
    scale.setVisibleLogicalRange({ from: range.to - count, to: range.to });
  }

  /** Tells the listeners which edges are in view. */
  reportView(): void {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    if (range === null || this.#shown.length === 0) return;
    if (range.from < NEAR_START_BARS) this.#events.onNearStart();
    this.#events.onLatestVisible(range.to >= this.#shown.length - 1);
  }

  destroy(): void {
    this.#chart.remove();
  }

  #showNewest(): void {
    const scale = this.#chart.timeScale();
    this.#chart.priceScale("right").applyOptions({ autoScale: true });
    const count = Math.max(30, Math.floor(scale.width() / BAR_WIDTH_PX));
    const to = this.#shown.length - 1 + ROOM_AT_RIGHT_BARS;
    scale.setVisibleLogicalRange({ from: to - count, to });
  }

  #volumeOf(bar: Bar) {
    const colour = bar.close < bar.open ? this.#colours.down : this.#colours.up;
    // 55: a third opaque, so that the candles before it stay readable.
    return { time: bar.time as UTCTimestamp, value: bar.volume, color: `${colour}55` };
  }
}

function candleOf({ time, open, high, low, close }: Bar) {
  return { time: time as UTCTimestamp, open, high, low, close };
}
