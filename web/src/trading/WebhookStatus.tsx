// Whether a webhook takes alerts, in a word and a colour.
export function WebhookStatus({ enabled }: { enabled: boolean }) {
  return (
    <span className="status" data-status={enabled ? "running" : "stopped"}>
      <span className="dot" aria-hidden="true" />
      {enabled ? "on" : "off"}
    </span>
  );
}
