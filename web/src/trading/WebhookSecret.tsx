// What TradingView is told of a webhook, and once, as long as it is known, the secret.
import type { MadeWebhook, Webhook } from "../api/webhooks";
import { Once } from "../auth/Once";
import { CopyText } from "../shell/CopyText";
import { messageOf, outOfReach } from "./alert";

export function WebhookSecret({ made, onClose }: { made: MadeWebhook; onClose: () => void }) {
  return (
    <Once
      title={`${made.name} has its secret.`}
      note="Copy what you need now; the secret is not shown again."
      label="Secret"
      value={made.secret}
      onClose={onClose}
    >
      <ForTradingView hook={made} secret={made.secret} />
    </Once>
  );
}

interface ForTradingViewProps {
  hook: Webhook;
  /** What stands in the message; without it what the secret begins with. */
  secret?: string;
}

/** The two texts that an alert of TradingView takes. */
export function ForTradingView({ hook, secret }: ForTradingViewProps) {
  const { text, open } = messageOf(hook.template, secret ?? `${hook.beginning}…`);
  const reach = outOfReach(location.origin);
  return (
    <>
      {reach !== null && <p className="notice">{reach} Write a host in its place that it can.</p>}
      <CopyText
        label="Webhook URL"
        hint="In TradingView’s alert under Notifications."
        value={location.origin + hook.path}
      />
      <CopyText
        label="Message"
        hint="In TradingView’s alert under Message, in the place of what stands there."
        value={text}
      />
      {open.length > 0 && (
        <p className="notice">Fill in what TradingView doesn’t tell: {open.join(", ")}.</p>
      )}
      {secret === undefined && (
        <p className="is-muted">
          The whole secret belongs where <code>{hook.beginning}…</code> stands. It was shown once;
          another one can be made.
        </p>
      )}
    </>
  );
}
