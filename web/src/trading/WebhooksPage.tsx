// One's webhooks: addresses to which other programs send alerts, each of which becomes an order.
import { useMemo, useState } from "react";

import type { Me } from "../api/accounts";
import type { Webhook } from "../api/webhooks";
import { SelectField } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { parseSearch, searchHref } from "../ledger/search";
import { CopyButton } from "../shell/CopyText";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { navigate, useSearch } from "../shell/route";
import { NewWebhookForm } from "./NewWebhookForm";
import { mayWrite, webhookHref } from "./pages";
import { useBots, useNames, useWebhooks } from "./queries";
import { WebhookStatus } from "./WebhookStatus";

export function WebhooksPage({ me }: { me: Me }) {
  const search = useSearch();
  const { bot } = useMemo(() => parseSearch(search, ["bot"]), [search]);
  const hooks = useWebhooks(bot);
  const [making, setMaking] = useState(false);
  return (
    <section className="block is-wide" aria-labelledby="webhooks-title">
      <header className="block-head">
        <h2 id="webhooks-title">Webhooks</h2>
        {mayWrite(me, "orders") && (
          <button type="button" className="button is-main" onClick={() => setMaking(true)}>
            New webhook
          </button>
        )}
      </header>
      <p className="is-muted">
        TradingView and other programs send alerts to a webhook. Each alert becomes an order of its
        bot.
      </p>
      <BotChoice value={bot ?? ""} />
      <Listing
        query={hooks}
        label="Webhooks"
        columns={["Webhook", "Bot", "Takes alerts", "Address", "Made"]}
        empty={
          bot === undefined
            ? "There is no webhook yet. Make one for a bot, and tell TradingView its address."
            : "This bot has no webhook."
        }
      >
        {hooks.data?.map((hook) => (
          <WebhookRow key={hook.id} hook={hook} />
        ))}
      </Listing>
      <Modal kind="dialog" label="New webhook" open={making} onClose={() => setMaking(false)}>
        <NewWebhookForm bot={bot ?? ""} onClose={() => setMaking(false)} />
      </Modal>
    </section>
  );
}

function BotChoice({ value }: { value: string }) {
  const bots = useBots().data;
  if (bots === undefined || bots.length < 2) return null;
  return (
    <form className="search-form" role="search" aria-label="Webhooks">
      <SelectField
        label="Bot"
        value={value}
        onValue={(bot) => navigate(searchHref("/webhooks", { bot }))}
      >
        <option value="">Any</option>
        {bots.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
    </form>
  );
}

function WebhookRow({ hook }: { hook: Webhook }) {
  const names = useNames();
  const url = location.origin + hook.path;
  return (
    <tr className={hook.enabled ? undefined : "is-off"}>
      <th scope="row">
        <PageLink to={webhookHref(hook)} className="row-link">
          {hook.name}
        </PageLink>
        <small>
          secret <code>{hook.beginning}…</code>
        </small>
      </th>
      <td data-label="Bot">
        <PageLink to={`/bots/${hook.bot}`}>{names.get(hook.bot) ?? hook.bot}</PageLink>
      </td>
      <td data-label="Takes alerts">
        <WebhookStatus enabled={hook.enabled} />
      </td>
      <td data-label="Address">
        <div className="copy-line">
          <code>{url}</code>
          <CopyButton label={`address of ${hook.name}`} value={url} />
        </div>
      </td>
      <td data-label="Made">
        <When time={hook.created_at} />
      </td>
    </tr>
  );
}
