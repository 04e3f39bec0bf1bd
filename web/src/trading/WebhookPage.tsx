// One webhook: what is to be sent to it, what came, and its settings.
import { useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import type { Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import type { Bot } from "../api/trading";
import { changeWebhook, rotateWebhook, type Webhook } from "../api/webhooks";
import { FormProblem } from "../auth/form";
import { useTitle } from "../auth/title";
import { parseSearch } from "../ledger/search";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { useSearch } from "../shell/route";
import { ErrorPanel, NothingPanel } from "../shell/StatePanel";
import { Alerts } from "./Alerts";
import { Json } from "./Json";
import { mayWrite } from "./pages";
import { useBots, useChanged, useWebhooks } from "./queries";
import { ForTradingView, WebhookSecret } from "./WebhookSecret";
import { WebhookSettings } from "./WebhookSettings";
import { WebhookStatus } from "./WebhookStatus";

export function WebhookPage({ me, id }: { me: Me; id: string }) {
  const search = useSearch();
  const { bot } = useMemo(() => parseSearch(search, ["bot"]), [search]);
  const hooks = useWebhooks(bot);
  const hook = hooks.data?.find((each) => each.id === id);
  useTitle(hook?.name ?? "Webhook");
  if (hook !== undefined) return <Shown me={me} hook={hook} />;
  if (hooks.isPending) return <p role="status">The webhook is being read…</p>;
  if (hooks.error !== null) {
    const problem = problemFromThrown(hooks.error);
    return <ErrorPanel problem={problem} onRetry={() => void hooks.refetch()} />;
  }
  return (
    <NothingPanel title="There is no such webhook">
      <PageLink to="/webhooks">To the webhooks</PageLink>
    </NothingPanel>
  );
}

function Shown({ me, hook }: { me: Me; hook: Webhook }) {
  const bot = useBots().data?.find(({ id }) => id === hook.bot);
  const writes = mayWrite(me, "orders");
  return (
    <section className="block is-wide" aria-labelledby="webhook-title">
      <header className="block-head">
        <h2 id="webhook-title">
          {hook.name} <WebhookStatus enabled={hook.enabled} />
        </h2>
        {writes && <Actions hook={hook} />}
      </header>
      <p className="is-muted">
        Each alert becomes an order of{" "}
        <PageLink to={`/bots/${hook.bot}`}>{bot?.name ?? "its bot"}</PageLink>.
      </p>
      <Refusing hook={hook} bot={bot} />
      <details className="json copy-details">
        <summary>What to tell TradingView</summary>
        <div className="once">
          <ForTradingView hook={hook} />
        </div>
      </details>
      <Json label="Template of the order" value={hook.template} />
      <Alerts hook={hook} writes={writes} reads={me.user.scopes.includes("orders:read")} />
    </section>
  );
}

/** Why alerts are refused, where they are. */
function Refusing({ hook, bot }: { hook: Webhook; bot: Bot | undefined }) {
  if (!hook.enabled) {
    return <p className="notice">It is switched off: alerts are refused and not kept.</p>;
  }
  // A bot that never was started takes alerts: nothing else need run for it.
  const stopped = bot?.status === "stopped" && bot.started_at !== null;
  if (bot?.status !== "paused" && !stopped) return null;
  return (
    <p className="notice">
      {bot.name} is {bot.status}: alerts are refused until it is started. They can be tried again
      then.
    </p>
  );
}

function Actions({ hook }: { hook: Webhook }) {
  const changed = useChanged();
  const [open, setOpen] = useState<"settings" | "secret" | null>(null);
  const change = useMutation({ mutationFn: changeWebhook, onSettled: changed });
  const close = () => setOpen(null);
  const { bot, id, enabled } = hook;
  return (
    <div className="buttons">
      <button
        type="button"
        className="button"
        disabled={change.isPending}
        onClick={() => change.mutate({ bot, id, enabled: !enabled })}
      >
        {enabled ? "Switch off" : "Switch on"}
      </button>
      <button type="button" className="button" onClick={() => setOpen("secret")}>
        New secret…
      </button>
      <button type="button" className="button" onClick={() => setOpen("settings")}>
        Settings
      </button>
      <FormProblem problem={change.isError ? problemFromThrown(change.error) : null} />
      <Modal kind="dialog" label="New secret" open={open === "secret"} onClose={close}>
        <RotateForm hook={hook} onClose={close} />
      </Modal>
      <WebhookSettings hook={hook} open={open === "settings"} onClose={close} />
    </div>
  );
}

function RotateForm({ hook, onClose }: { hook: Webhook; onClose: () => void }) {
  const changed = useChanged();
  const rotate = useMutation({ mutationFn: rotateWebhook, onSuccess: () => void changed() });
  if (rotate.isSuccess) return <WebhookSecret made={rotate.data} onClose={onClose} />;
  return (
    <div className="once">
      <p>
        The secret that <b>{hook.name}</b> has now opens nothing from then on: alerts with it are
        refused until the new one stands in them.
      </p>
      <FormProblem problem={rotate.isError ? problemFromThrown(rotate.error) : null} />
      <div className="buttons">
        <button
          type="button"
          className="button is-danger"
          disabled={rotate.isPending}
          onClick={() => rotate.mutate(hook)}
        >
          Make another secret
        </button>
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </div>
  );
}
