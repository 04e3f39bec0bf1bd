// A change in green or red with its sign, so that colour is not the only carrier.
import { formatSigned, sign } from "./decimal";

interface ChangeProps {
  value: string | null;
  places?: number;
  unit?: string;
}

export function Change({ value, places = 0, unit = "" }: ChangeProps) {
  if (value === null) return <span className="is-faint">–</span>;
  const tone = { "-1": "is-down", "0": "is-flat", "1": "is-up" }[`${sign(value)}` as const];
  return (
    <span className={tone}>
      {formatSigned(value, places)}
      {unit}
    </span>
  );
}
