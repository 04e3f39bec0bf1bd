// Who is logged in. The session's cookie can't be read by scripts, so the page remembers that there
// was a login: a visitor who never logged in isn't asked about, which a server would refuse.
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { fetchMe, type Me } from "../api/accounts";
import { Problem } from "../api/problem";
import { currentHref, loginHref, navigate } from "../shell/route";

const KEY = "chandlery.login";
const ME = ["me"];

/** Whether an error says that the request needs a login. */
export function needsLogin(error: unknown): boolean {
  return error instanceof Problem && error.code === "unauthorized";
}

function mayBeLoggedIn(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    // Storage may be forbidden; then the server is asked.
    return true;
  }
}

function remember(loggedIn: boolean): void {
  try {
    if (loggedIn) localStorage.setItem(KEY, "1");
    else localStorage.removeItem(KEY);
  } catch {
    // See mayBeLoggedIn().
  }
}

async function readMe(signal: AbortSignal): Promise<Me | null> {
  if (!mayBeLoggedIn()) return null;
  try {
    return await fetchMe(signal);
  } catch (error) {
    if (!needsLogin(error)) throw error;
    remember(false);
    return null;
  }
}

/** The person and the session: null where nobody is logged in, undefined while that is read. */
export function useMe() {
  return useQuery({
    queryKey: ME,
    queryFn: ({ signal }) => readMe(signal),
    staleTime: 60_000,
    refetchOnWindowFocus: true,
  });
}

/** Begins with what is known of somebody new; nothing of anybody before stays. */
export function enter(queryClient: QueryClient, me: Me | null): void {
  remember(me !== null);
  queryClient.setQueryData(ME, me);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
}

/** A login at another provider began a session: who it is, is asked now. */
export async function cameIn(queryClient: QueryClient): Promise<void> {
  remember(true);
  // Whoever asks already was told that there was no login.
  await queryClient.cancelQueries({ queryKey: ME });
  await queryClient.invalidateQueries();
}

/** A request was refused for want of a login: to the login, and back here afterwards. */
export function toLogin(queryClient: QueryClient): void {
  remember(false);
  queryClient.setQueryData(ME, null);
  if (location.pathname !== "/login") navigate(loginHref(currentHref()), true);
}

/** Follows logins and log-outs in other tabs. */
export function useOtherTabs(): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    const onStorage = (event: StorageEvent) => {
      if (event.key === KEY) void queryClient.invalidateQueries();
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [queryClient]);
}
