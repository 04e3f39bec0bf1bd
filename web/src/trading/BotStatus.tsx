// What a bot is doing, in words and a colour.
const MEANING: Record<string, string> = {
  running: "It trades.",
  paused: "It waits until it is started.",
  silent: "It should run and is not heard of.",
  error: "It runs, and told of an error last.",
  stopped: "It does nothing.",
};

export function BotStatus({ status }: { status: string }) {
  return (
    <span className="status" data-status={status} title={MEANING[status]}>
      <span className="dot" aria-hidden="true" />
      {status}
    </span>
  );
}
