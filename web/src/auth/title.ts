// The title of the browser's tab.
import { useEffect } from "react";

/** Names the page in the browser's tab while it is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Chandlery`;
    return () => void (document.title = "Chandlery");
  }, [title]);
}
