// Where one is logged in, and the end of it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { endOtherSessions, endSession, fetchSessions, type Session } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { agentName } from "./agent";
import { FormProblem } from "./form";
import { Listing } from "./Listing";
import { When } from "./When";

const KEY = ["sessions"];

export function SessionsPage() {
  const queryClient = useQueryClient();
  const sessions = useQuery({ queryKey: KEY, queryFn: ({ signal }) => fetchSessions(signal) });
  const after = { onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }) };
  const end = useMutation({ mutationFn: endSession, ...after });
  const endOthers = useMutation({ mutationFn: endOtherSessions, ...after });
  const failed = end.error ?? endOthers.error;
  const others = sessions.data?.some((session) => !session.current) ?? false;
  return (
    <section className="block" aria-labelledby="sessions-title">
      <header className="block-head">
        <h2 id="sessions-title">Sessions</h2>
        {others && (
          <button
            type="button"
            className="button"
            disabled={endOthers.isPending}
            onClick={() => endOthers.mutate()}
          >
            End all others
          </button>
        )}
      </header>
      <p className="is-muted">
        Wherever you are logged in. End what you don’t know, and change your password then.
      </p>
      <FormProblem problem={failed === null ? null : problemFromThrown(failed)} />
      <Listing
        query={sessions}
        label="Sessions"
        columns={["Where", "Last used", "Began", "Ends", ""]}
      >
        {sessions.data?.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            busy={end.isPending}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </Listing>
    </section>
  );
}

interface SessionRowProps {
  session: Session;
  busy: boolean;
  onEnd: () => void;
}

function SessionRow({ session, busy, onEnd }: SessionRowProps) {
  const name = agentName(session.user_agent);
  return (
    <tr>
      <th scope="row">
        <span title={session.user_agent ?? undefined}>{name}</span>
        <small>{session.ip ?? "unknown address"}</small>
      </th>
      <td data-label="Last used">
        <When time={session.last_used_at} />
      </td>
      <td data-label="Began">
        <When time={session.created_at} />
      </td>
      <td data-label="Ends">
        <When time={session.expires_at} />
      </td>
      <td className="row-action">
        {session.current ? (
          <span className="tag">This one</span>
        ) : (
          <button
            type="button"
            className="button is-small"
            aria-label={`End ${name}, ${session.ip ?? "unknown address"}`}
            disabled={busy}
            onClick={onEnd}
          >
            End
          </button>
        )}
      </td>
    </tr>
  );
}
