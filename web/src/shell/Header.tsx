// The bar at the top: the product's name, the state of the connection, the time, who is logged in,
// the theme.
import { useEffect, useState, useSyncExternalStore } from "react";

import { stream } from "../api/live";
import type { Connection } from "../api/stream";
import { formatDate, formatSecond } from "../market/time";
import { AccountMenu } from "../auth/AccountMenu";
import { useMe } from "../auth/me";
import { useKeepTheme } from "../auth/preferences";
import { pagesFor, placeOf } from "../trading/pages";
import { Logo, MoonIcon, SunIcon } from "./icons";
import { PageLink } from "./PageLink";
import { usePath } from "./route";
import { toggleTheme, useTheme } from "./theme";
import { useZone, zoneLabel } from "./zone";

const CONNECTION_TEXT: Record<Connection, string> = {
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
  offline: "Offline",
};

const CONNECTION_HELP: Record<Connection, string> = {
  connecting: "The stream is being opened.",
  live: "What is shown arrives as the server records it.",
  reconnecting: "The stream broke; what is missed is read again once it is back.",
  offline: "No stream for a while; the page keeps trying.",
};

interface HeaderProps {
  /** Whether what is shown lives on the stream. */
  live: boolean;
}

export function Header({ live }: HeaderProps) {
  return (
    <header className="topbar">
      <h1>
        <PageLink to="/">
          <Logo />
          <span>Chandlery</span>
        </PageLink>
      </h1>
      <Areas />
      {live && <ConnectionState />}
      <div className="topbar-end">
        <Clock />
        <AccountMenu />
        <ThemeButton />
      </div>
    </header>
  );
}

/** Where one may go; trading only where somebody is logged in who may look at it. */
function Areas() {
  const path = usePath();
  const me = useMe().data;
  const first = me ? pagesFor(me)[0] : undefined;
  if (first === undefined) return null;
  return (
    <nav className="areas" aria-label="Areas">
      <PageLink to="/">Market</PageLink>
      <PageLink to={first.path} current={placeOf(path) !== null}>
        Trading
      </PageLink>
    </nav>
  );
}

function ConnectionState() {
  const connection = useSyncExternalStore(stream.onConnection, stream.connection);
  return (
    <span
      className="connection"
      role="status"
      data-state={connection}
      title={CONNECTION_HELP[connection]}
    >
      <span className="dot" aria-hidden="true" />
      {CONNECTION_TEXT[connection]}
    </span>
  );
}

function Clock() {
  const zone = useZone();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time className="clock" title={`${formatDate(now, zone)}. Times on this page are ${zone}.`}>
      {formatSecond(now, zone)} <abbr title={zone}>{zoneLabel(zone)}</abbr>
    </time>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const keep = useKeepTheme();
  const label = theme === "dark" ? "Switch to the light theme" : "Switch to the dark theme";
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      onClick={() => keep(toggleTheme())}
    >
      {theme === "dark" ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
