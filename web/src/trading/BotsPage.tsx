// One's bots: what each is doing, and a new one.
import { useState } from "react";

import type { Me } from "../api/accounts";
import type { Bot } from "../api/trading";
import { Listing } from "../auth/Listing";
import { Change } from "../market/Change";
import { formatDecimal } from "../market/decimal";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { AgoTime } from "./AgoTime";
import { BotActions } from "./BotActions";
import { BotStatus } from "./BotStatus";
import { NewBotForm } from "./NewBotForm";
import { mayWrite } from "./pages";
import { useAllVersions, useBots, useNames } from "./queries";

const STATUSES = ["running", "paused", "silent", "error", "stopped"];
const COLUMNS = ["Bot", "Status", "Account", "Strategy", "Heard of", "Errors", "Balance"];

export function BotsPage({ me }: { me: Me }) {
  const bots = useBots();
  const names = useNames();
  const versions = new Map(useAllVersions().map(({ version, label }) => [version.id, label]));
  const [making, setMaking] = useState(false);
  const [status, setStatus] = useState<string | null>(null);
  const writes = mayWrite(me, "bots");
  const all = bots.data ?? [];
  const shown = all.filter((bot) => status === null || bot.status === status);
  return (
    <section className="block is-wide" aria-labelledby="bots-title">
      <header className="block-head">
        <h2 id="bots-title">Bots</h2>
        {writes && (
          <button type="button" className="button is-main" onClick={() => setMaking(true)}>
            New bot
          </button>
        )}
      </header>
      {all.length > 0 && <StatusChoice bots={all} value={status} onValue={setStatus} />}
      <Listing
        query={bots}
        label="Bots"
        columns={[...COLUMNS, "Total P&L", ...(writes ? [""] : [])]}
        empty={
          status === null
            ? "There is no bot yet. It needs an account to trade on, and may follow a strategy."
            : `No bot is ${status}.`
        }
      >
        {shown.map((bot) => (
          <BotRow
            key={bot.id}
            bot={bot}
            account={names.get(bot.account) ?? bot.account}
            strategy={versions.get(bot.strategy_version ?? "") ?? null}
            writes={writes}
          />
        ))}
      </Listing>
      <Modal kind="dialog" label="New bot" open={making} onClose={() => setMaking(false)}>
        <NewBotForm onClose={() => setMaking(false)} />
      </Modal>
    </section>
  );
}

interface StatusChoiceProps {
  bots: Bot[];
  value: string | null;
  onValue: (status: string | null) => void;
}

function StatusChoice({ bots, value, onValue }: StatusChoiceProps) {
  const count = (status: string) => bots.filter((bot) => bot.status === status).length;
  const there = STATUSES.filter((status) => count(status) > 0 || status === value);
  return (
    <div className="choices" role="group" aria-label="Status">
      <button type="button" aria-pressed={value === null} onClick={() => onValue(null)}>
        All {bots.length}
      </button>
      {there.map((status) => (
        <button
          key={status}
          type="button"
          aria-pressed={value === status}
          onClick={() => onValue(status)}
        >
          {status} {count(status)}
        </button>
      ))}
    </div>
  );
}

interface BotRowProps {
  bot: Bot;
  account: string;
  strategy: string | null;
  writes: boolean;
}

function BotRow({ bot, account, strategy, writes }: BotRowProps) {
  return (
    <tr>
      <th scope="row">
        <PageLink to={`/bots/${bot.id}`} className="row-link">
          {bot.name}
        </PageLink>
        <small>{bot.type}</small>
      </th>
      <td data-label="Status">
        <BotStatus status={bot.status} />
      </td>
      <td data-label="Account">{account}</td>
      <td data-label="Strategy">{strategy ?? <span className="is-faint">–</span>}</td>
      <td data-label="Heard of">
        <AgoTime time={bot.last_heartbeat} />
      </td>
      <td data-label="Errors">
        {bot.error_count > 0 ? <span className="is-down">{bot.error_count}</span> : 0}
      </td>
      <td data-label="Balance">
        {bot.balance === null ? <span className="is-faint">–</span> : formatDecimal(bot.balance, 2)}
      </td>
      <td data-label="Total P&L">
        <Change value={bot.total_pnl} places={2} />
      </td>
      {writes && (
        <td className="row-action">
          <BotActions bot={bot} small />
        </td>
      )}
    </tr>
  );
}
