// The market: the symbol list, and the chart of the symbol the address names.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";

import { runStream } from "../api/live";
import { Problem, problemFromThrown } from "../api/problem";
import { isInterval, type SymbolRow } from "../api/types";
import { useChosen } from "../auth/preferences";
import { useNarrow } from "../shell/media";
import { Modal } from "../shell/Modal";
import { navigate, parseRoute, routeHref, useSearch } from "../shell/route";
import { EmptyPanel, ErrorPanel } from "../shell/StatePanel";
import { MarketView } from "./MarketView";
import { useLivePrices } from "./prices";
import { SymbolList } from "./SymbolList";
import { firstSymbol, usableInterval, useSymbols } from "./symbols";
import type { Choice } from "./watchlists";

/** Symbols, chart and trades. */
export function MarketPage() {
  const queryClient = useQueryClient();
  const symbols = useSymbols();
  const narrow = useNarrow();
  const [drawerOpen, setDrawerOpen] = useState(false);
  // Here, for a phone's drawer forgets when it closes.
  const [choice, setChoice] = useState<Choice>();
  // Without a login a server may refuse the market; then there is no stream to open either.
  const refused = symbols.error instanceof Problem && symbols.error.status === 401;
  const open = symbols.isFetched && !refused;
  useEffect(() => (open ? runStream() : undefined), [open]);
  useLivePrices(
    useCallback(() => void queryClient.invalidateQueries({ queryKey: ["symbols"] }), [queryClient]),
  );

  const rows = symbols.data ?? null;
  const { symbol, row, interval } = useShown(rows);
  const openDrawer = useCallback(() => setDrawerOpen(true), []);
  const closeDrawer = useCallback(() => setDrawerOpen(false), []);
  const list = (
    <SymbolList
      rows={rows}
      shown={symbol}
      interval={interval}
      choice={choice}
      onChoice={setChoice}
      onPick={closeDrawer}
    />
  );

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
    <div className="workspace">
      {hasList && !narrow && <aside className="sidebar">{list}</aside>}
      <main id="main" tabIndex={-1}>
        {main}
      </main>
      {hasList && narrow && (
        <Modal kind="drawer" label="Symbols" open={drawerOpen} onClose={closeDrawer}>
          {list}
        </Modal>
      )}
    </div>
  );
}

/** What to show: the address decides; what it doesn't name, preferences do, else the first symbol. */
function useShown(rows: SymbolRow[] | null) {
  const search = useSearch();
  const chosen = useChosen();
  const route = useMemo(() => parseRoute(search), [search]);
  const wanted = chosen?.default_symbol ?? null;
  const isKnown = rows !== null && chosen !== undefined;
  const first = useMemo(
    () => (isKnown ? firstSymbol(rows, wanted) : null),
    [isKnown, rows, wanted],
  );
  const symbol = route.symbol ?? first?.symbol ?? null;
  const row = rows?.find((candidate) => candidate.symbol === symbol) ?? null;
  const preferred = isInterval(chosen?.default_interval) ? chosen.default_interval : "1m";
  const interval = isInterval(route.interval) ? route.interval : usableInterval(preferred, row);
  useEffect(() => {
    if (first !== null && symbol !== null) navigate(routeHref({ symbol, interval }), true);
  }, [first, symbol, interval]);
  return { symbol, row, interval };
}
