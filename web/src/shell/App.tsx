// The frame of the page: the header, and under it what the path names.
import { AccountPage } from "../auth/AccountPage";
import { LoginPage } from "../auth/LoginPage";
import { useApplied } from "../auth/preferences";
import { ResetPage } from "../auth/ResetPage";
import { SetupPage } from "../auth/SetupPage";
import { MarketPage } from "../market/MarketPage";
import { placeOf } from "../trading/pages";
import { TradingPage } from "../trading/TradingPage";
import { Header } from "./Header";
import { PageLink } from "./PageLink";
import { usePath } from "./route";
import { NothingPanel } from "./StatePanel";

/** The whole page. */
export function App() {
  const path = usePath();
  useApplied();
  return (
    <div className="page">
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <Header live={path === "/" || placeOf(path) !== null} />
      <Shown path={path} />
    </div>
  );
}

function Shown({ path }: { path: string }) {
  if (path === "/") return <MarketPage />;
  if (path === "/login") return <LoginPage />;
  if (path === "/reset") return <ResetPage />;
  if (path === "/setup") return <SetupPage />;
  if (placeOf(path) !== null) return <TradingPage />;
  if (/^\/(settings|admin)(\/|$)/.test(path)) return <AccountPage />;
  return (
    <main id="main" tabIndex={-1}>
      <NothingPanel title="There is no such page">
        <p>The address leads nowhere.</p>
        <PageLink to="/" className="button">
          To the market
        </PageLink>
      </NothingPanel>
    </main>
  );
}
