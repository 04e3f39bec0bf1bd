// How long ago something was, kept up to date; the time itself is in the markup.
import { useEffect, useState } from "react";

import { formatMinute, toMs } from "../market/time";
import { useZone, zoneLabel } from "../shell/zone";
import { ago } from "./ago";

export function AgoTime({ time, none = "never" }: { time: string | null; none?: string }) {
  const zone = useZone();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (time === null) return <span className="is-faint">{none}</span>;
  const ms = toMs(time);
  return (
    <time dateTime={time} title={`${formatMinute(ms, zone)} ${zoneLabel(zone)}`}>
      {ago(ms, now)}
    </time>
  );
}
