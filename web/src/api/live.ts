// The page's one stream to its own server.
import { Stream } from "./stream";

/** The stream of this page. */
export const stream = new Stream({
  open: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/stream`),
  random: Math.random,
  online: () => navigator.onLine,
});

/** Opens the stream, and opens it again as soon as the browser's network is back. */
export function startStream(): void {
  stream.start();
  addEventListener("online", () => stream.retryNow());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) stream.retryNow();
  });
}
