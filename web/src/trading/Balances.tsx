// What an account has, kept up to date.
import { useQuery } from "@tanstack/react-query";

import { fetchBalances } from "../api/ledger";
import { formatDecimal, sign } from "../market/decimal";
import { REFRESH_MS } from "./queries";

export function Balances({ account }: { account: string }) {
  const { data, isError } = useQuery({
    queryKey: ["ledger", "balances", account],
    queryFn: ({ signal }) => fetchBalances(account, signal),
    refetchInterval: REFRESH_MS,
  });
  if (data === undefined) {
    return <span className="is-faint">{isError ? "can’t be read" : "…"}</span>;
  }
  const there = data.filter(({ cash, held }) => sign(cash) !== 0 || sign(held) !== 0);
  if (there.length === 0) return <span className="is-faint">nothing</span>;
  return (
    <ul className="balances">
      {there.map(({ asset, cash, held }) => (
        <li key={asset}>
          <span>
            {formatDecimal(cash)}
            <span className="unit">{asset}</span>
          </span>
          {sign(held) !== 0 && <small>{formatDecimal(held)} held for orders</small>}
        </li>
      ))}
    </ul>
  );
}
