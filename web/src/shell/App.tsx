// The frame of the page: header, symbol list, and the chart of the symbol the address names.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";

import { problemFromThrown } from "../api/problem";
import { isInterval, type SymbolRow } from "../api/types";
import { MarketView } from "../market/MarketView";
import { useLivePrices } from "../market/prices";
import { SymbolList } from "../market/SymbolList";
import { firstSymbol, usableInterval, useSymbols } from "../market/symbols";
import { Drawer } from "./Drawer";
import { Header } from "./Header";
import { useNarrow } from "./media";
import { navigate, parseRoute, useSearch } from "./route";
import { EmptyPanel, ErrorPanel } from "./StatePanel";

/** The whole page. */
export function App() {
  const queryClient = useQueryClient();
  const symbols = useSymbols();
  const narrow = useNarrow();
  const [drawerOpen, setDrawerOpen] = useState(false);
  useLivePrices(
    useCallback(() => void queryClient.invalidateQueries({ queryKey: ["symbols"] }), [queryClient]),
  );

  const rows = symbols.data ?? null;
  const { symbol, row, interval } = useShown(rows);
  const openDrawer = useCallback(() => setDrawerOpen(true), []);
  const closeDrawer = useCallback(() => setDrawerOpen(false), []);
  const list = <SymbolList rows={rows} shown={symbol} interval={interval} onPick={closeDrawer} />;

  let main;
  if (rows === null && symbols.isError) {
    const retry = () => void symbols.refetch();
    main = <ErrorPanel problem={problemFromThrown(symbols.error)} onRetry={retry} />;
  } else if (rows?.length === 0) {
    main = <EmptyPanel />;
  } else {
    main = (
      <MarketView
        symbol={symbol}
        row={row}
        interval={interval}
        onOpenSymbols={narrow ? openDrawer : null}
      />
    );
  }
  const hasList = !(rows === null && symbols.isError) && rows?.length !== 0;
  return (
    <div className="page">
      <a className="skip-link" href="#main">
        Skip to the chart
      </a>
      <Header />
      <div className="workspace">
        {hasList && !narrow && <aside className="sidebar">{list}</aside>}
        <main id="main" tabIndex={-1}>
          {main}
        </main>
      </div>
      {hasList && narrow && (
        <Drawer label="Symbols" open={drawerOpen} onClose={closeDrawer}>
          {list}
        </Drawer>
      )}
    </div>
  );
}

/** What to show: the address decides; where it names no symbol, the first one goes into it. */
function useShown(rows: SymbolRow[] | null) {
  const search = useSearch();
  const route = useMemo(() => parseRoute(search), [search]);
  const first = useMemo(() => (rows === null ? null : firstSymbol(rows)), [rows]);
  const symbol = route.symbol ?? first?.symbol ?? null;
  const row = rows?.find((candidate) => candidate.symbol === symbol) ?? null;
  const interval = isInterval(route.interval) ? route.interval : usableInterval("1m", row);
  useEffect(() => {
    if (first !== null && symbol !== null) navigate({ symbol, interval }, true);
  }, [first, symbol, interval]);
  return { symbol, row, interval };
}
