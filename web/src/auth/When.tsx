// A time of an account: the minute is enough to read, the whole of it is in the markup.
import { formatMinute, toMs } from "../market/time";
import { useZone, zoneLabel } from "../shell/zone";

/** A time in the reader’s zone, or what stands for none. */
export function When({ time, none = "never" }: { time: string | null; none?: string }) {
  const zone = useZone();
  if (time === null) return none;
  return (
    <time dateTime={time} title={time}>
      {formatMinute(toMs(time), zone)}&nbsp;{zoneLabel(zone)}
    </time>
  );
}
