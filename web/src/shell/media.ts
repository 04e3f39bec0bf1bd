// Whether the window is so narrow that the symbol list becomes a drawer. The width is that of
// styles/narrow.css.
import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 760px)");

function subscribe(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}

/** True on a phone. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}
