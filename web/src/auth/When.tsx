// A time of an account: the minute is enough to read, the whole of it is in the markup.
import { formatMinute, toMs } from "../market/time";

/** A time in UTC, or what stands for none. */
export function When({ time, none = "never" }: { time: string | null; none?: string }) {
  if (time === null) return none;
  return (
    <time dateTime={time} title={time}>
      {formatMinute(toMs(time))}&nbsp;UTC
    </time>
  );
}
