// Under the chart: what of the whole series is there, what is missing, and how that is known.
import { memo, type PointerEvent, useState } from "react";

import type { Coverage, Interval } from "../api/types";
import { useZone } from "../shell/zone";
import {
  coverageText,
  partsOf,
  type Range,
  rangeAt,
  rangeText,
  ratioText,
  useCoverage,
} from "./coverage";

interface CoverageStripProps {
  symbol: string;
  interval: Interval;
}

export function CoverageStrip({ symbol, interval }: CoverageStripProps) {
  const { data, isError } = useCoverage(symbol, interval);
  if (isError && data === undefined) {
    return <div className="coverage">Coverage can’t be read for the moment</div>;
  }
  if (data === undefined) return <div className="coverage">Coverage</div>;
  if (data.expected === 0) return null;
  return <Loaded coverage={data} />;
}

function Loaded({ coverage }: { coverage: Coverage }) {
  const zone = useZone();
  const [hovered, setHovered] = useState<Range | null>(null);
  const onMove = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setHovered(rangeAt(coverage, (event.clientX - box.left) / box.width));
  };
  return (
    <div className="coverage">
      <span className={coverage.complete ? "coverage-ratio" : "coverage-ratio is-lacking"}>
        Coverage {ratioText(coverage)}
      </span>
      <div
        className="coverage-strip"
        role="img"
        aria-label={`Coverage: ${coverageText(coverage)}`}
        onPointerMove={onMove}
        onPointerLeave={() => setHovered(null)}
      >
        <Parts coverage={coverage} />
      </div>
      {hovered && <span className="coverage-hover">{rangeText(hovered, zone)}</span>}
    </div>
  );
}

const Parts = memo(function Parts({ coverage }: { coverage: Coverage }) {
  return partsOf(coverage).map(({ range, left, width }) => (
    <span
      key={range.from}
      data-status={range.status}
      style={{ left: `${left}%`, width: `${width}%` }}
    />
  ));
});
