// What who is logged in prefers, and making the page so.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { changePreferences, fetchPreferences, type Preferences } from "../api/preferences";
import { setTheme, type Theme } from "../shell/theme";
import { setZone } from "../shell/zone";
import { useMe } from "./me";

const KEY = ["preferences"];

/** Asked for once somebody is logged in. */
export function usePreferences() {
  const me = useMe().data;
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => fetchPreferences(signal),
    enabled: Boolean(me),
    staleTime: 60_000,
  });
}

/** Those that hold: null where nobody is logged in or they can't be read, undefined until that is known. */
export function useChosen(): Preferences | null | undefined {
  const me = useMe();
  const { data, isError } = usePreferences();
  if (me.data === null || (me.data === undefined && me.isError)) return null;
  return data ?? (isError ? null : undefined);
}

/** Makes the page so. */
export function useApplied(): void {
  const chosen = useChosen();
  const theme = chosen?.theme;
  const zone = chosen?.timezone ?? "UTC";
  useEffect(() => {
    if (theme === "dark" || theme === "light" || theme === "system") setTheme(theme);
  }, [theme]);
  useEffect(() => setZone(zone), [zone]);
}

/** Changes what the server keeps, and with it the page. */
export function useChangePreferences() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: changePreferences,
    onSuccess: (changed) => queryClient.setQueryData(KEY, changed),
  });
}

/** Keeps a theme for whoever is logged in; where that fails it holds on this page only. */
export function useKeepTheme(): (theme: Theme) => void {
  const me = useMe().data;
  const { mutate } = useChangePreferences();
  return (theme) => {
    if (me) mutate({ theme });
  };
}
