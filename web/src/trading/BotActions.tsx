// Starting, pausing and stopping a bot: what its status lets one do.
import { problemFromThrown } from "../api/problem";
import type { Bot, BotCommand } from "../api/trading";
import { useCommand } from "./queries";

const LABELS: Record<BotCommand, string> = { start: "Start", pause: "Pause", stop: "Stop" };

/** What changes something about a bot of this status. */
export function commandsFor(status: string): BotCommand[] {
  if (status === "stopped") return ["start"];
  return status === "paused" ? ["start", "stop"] : ["pause", "stop"];
}

export function BotActions({ bot, small }: { bot: Bot; small?: boolean }) {
  const command = useCommand();
  const problem = command.isError ? problemFromThrown(command.error) : null;
  return (
    <div className="bot-actions">
      {commandsFor(bot.status).map((each) => (
        <button
          key={each}
          type="button"
          className={small ? "button is-small" : `button${each === "start" ? " is-main" : ""}`}
          aria-label={`${LABELS[each]} ${bot.name}`}
          disabled={command.isPending}
          onClick={() => command.mutate({ id: bot.id, command: each })}
        >
          {LABELS[each]}
        </button>
      ))}
      {problem && (
        <p className="field-error" role="alert">
          {problem.title}: {problem.detail}
        </p>
      )}
    </div>
  );
}
