// The chart of what something was worth over time, with its drawdown beneath. It draws doubles; what
// is read as text comes from the points themselves.
import {
  AreaSeries,
  createChart,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type UTCTimestamp,
} from "lightweight-charts";

import type { EquityPoint } from "../api/performance";
import { formatDecimal } from "../market/decimal";
import { type Colours, lookOf, timesOf } from "../market/look";
import { toMs } from "../market/time";

/** The points since there was something; what stood still at first is left out but for its last point. */
export function begun(points: EquityPoint[]): EquityPoint[] {
  const first = points.findIndex(({ equity, realised_pnl }) => !isNothing(equity, realised_pnl));
  const start = points[first];
  if (start === undefined) return [];
  const moved = points.findIndex(
    ({ equity, realised_pnl }, at) =>
      at > first && (equity !== start.equity || realised_pnl !== start.realised_pnl),
  );
  return points.slice(moved < 0 ? first : moved - 1);
}

const isNothing = (...amounts: string[]) => amounts.every((amount) => Number(amount) === 0);

/** Points as the chart draws them: ascending, one for each second. */
export function drawn(points: EquityPoint[]) {
  const bySecond = new Map(points.map((point) => [Math.floor(toMs(point.time) / 1000), point]));
  return [...bySecond]
    .sort(([a], [b]) => a - b)
    .map(([time, { equity, drawdown_ratio }]) => ({
      time,
      equity: Number(equity),
      // Beneath nothing, as one speaks of it.
      drawdown: drawdown_ratio === null ? 0 : -100 * drawdown_ratio,
    }));
}

/** See the head of this file. */
export class CurveChart {
  #chart: IChartApi;
  #equity: ISeriesApi<"Line">;
  #drawdown: ISeriesApi<"Area">;

  constructor(container: HTMLElement, onHover: (second: number | null) => void) {
    this.#chart = createChart(container, {
      autoSize: true,
      localization: { locale: "en-GB", dateFormat: "yyyy-MM-dd" },
      // The licence of lightweight-charts asks for this link to TradingView.
      layout: { attributionLogo: true },
      timeScale: { timeVisible: true, secondsVisible: false },
      rightPriceScale: { borderVisible: false },
      handleScroll: false,
      handleScale: false,
    });
    const money = (price: number) => formatDecimal(price.toFixed(2), 2);
    const share = (percent: number) => `${formatDecimal(percent.toFixed(2), 2)} %`;
    this.#equity = this.#chart.addSeries(LineSeries, {
      lineWidth: 2,
      priceLineVisible: false,
      priceFormat: { type: "custom", minMove: 0.01, formatter: money },
    });
    this.#drawdown = this.#chart.addSeries(
      AreaSeries,
      {
        lineWidth: 1,
        priceLineVisible: false,
        lastValueVisible: false,
        invertFilledArea: true,
        priceFormat: { type: "custom", minMove: 0.01, formatter: share },
      },
      1,
    );
    this.#chart.panes()[0]?.setStretchFactor(3);
    this.#chart.panes()[1]?.setStretchFactor(1);
    this.#chart.subscribeCrosshairMove(({ time }) => {
      onHover(typeof time === "number" ? time : null);
    });
  }

  setColours(colours: Colours): void {
    this.#chart.applyOptions(lookOf(colours));
    this.#equity.applyOptions({ color: colours.focus });
    const { down } = colours;
    this.#drawdown.applyOptions({
      lineColor: down,
      topColor: `${down}55`,
      bottomColor: `${down}22`,
    });
  }

  setZone(zone: string): void {
    this.#chart.applyOptions(timesOf(zone));
  }

  show(points: EquityPoint[]): void {
    const all = drawn(points);
    const at = (time: number) => time as UTCTimestamp;
    this.#equity.setData(all.map(({ time, equity }) => ({ time: at(time), value: equity })));
    this.#drawdown.setData(all.map(({ time, drawdown }) => ({ time: at(time), value: drawdown })));
    this.#chart.timeScale().fitContent();
  }

  destroy(): void {
    this.#chart.remove();
  }
}
