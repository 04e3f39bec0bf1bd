// Joins the chart, which changes in place, to React, which does not.
import { type KeyboardEvent, useEffect, useEffectEvent, useRef } from "react";

import { useTheme } from "../shell/theme";
import { useZone } from "../shell/zone";
import type { Bar } from "./bars";
import { CandleChart, type ChartEvents, type Mark } from "./chart";
import { colours } from "./look";

interface ChartCanvasProps extends ChartEvents {
  /** Another key is another chart: the view goes to its newest candles. */
  chartKey: string;
  bars: Bar[];
  places: number;
  label: string;
  /** What happened within the candles. */
  marks?: Mark[];
  onChart: (chart: CandleChart | null) => void;
}

const SCROLL_BARS = 10;
const NO_MARKS: Mark[] = [];

export function ChartCanvas(props: ChartCanvasProps) {
  const { chartKey, bars, places, label, marks = NO_MARKS } = props;
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<CandleChart | null>(null);
  const theme = useTheme();
  const zone = useZone();
  const onHover = useEffectEvent(props.onHover);
  const onNearStart = useEffectEvent(props.onNearStart);
  const onLatestVisible = useEffectEvent(props.onLatestVisible);
  const onChart = useEffectEvent(props.onChart);

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    const made = new CandleChart(element, colours(), {
      onHover: (time) => onHover(time),
      onNearStart: () => onNearStart(),
      onLatestVisible: (visible) => onLatestVisible(visible),
    });
    chart.current = made;
    onChart(made);
    return () => {
      chart.current = null;
      onChart(null);
      made.destroy();
    };
  }, []);
  useEffect(() => chart.current?.setColours(colours()), [theme]);
  useEffect(() => chart.current?.setPlaces(places), [places]);
  useEffect(() => chart.current?.setZone(zone), [zone]);
  useEffect(() => chart.current?.show(chartKey, bars), [chartKey, bars]);
  useEffect(() => chart.current?.setMarks(marks), [marks]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (act(chart.current, event.key)) event.preventDefault();
  };
  return (
    <div
      ref={container}
      className="chart-canvas"
      role="group"
      aria-roledescription="candle chart"
      aria-label={label}
      tabIndex={0}
      onKeyDown={onKeyDown}
    />
  );
}

/** Does what a key stands for; false where it stands for nothing. */
function act(chart: CandleChart | null, key: string): boolean {
  switch (key) {
    case "ArrowLeft":
      chart?.scrollBy(-SCROLL_BARS);
      return true;
    case "ArrowRight":
      chart?.scrollBy(SCROLL_BARS);
      return true;
    case "End":
      chart?.scrollToLatest();
      return true;
    case "+":
      chart?.zoom(0.8);
      return true;
    case "-":
      chart?.zoom(1.25);
      return true;
    default:
      return false;
  }
}
