// The page's one stream to its own server.
import { Stream } from "./stream";

/** The stream of this page. */
export const stream = new Stream({
  open: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/stream`),
  random: Math.random,
  online: () => navigator.onLine,
});

/** Keeps the stream open, and opens it as soon as the browser's network is back; returns its end. */
export function runStream(): () => void {
  const retry = () => {
    if (!document.hidden) stream.retryNow();
  };
  stream.start();
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", retry);
  return () => {
    removeEventListener("online", retry);
    document.removeEventListener("visibilitychange", retry);
    stream.stop();
  };
}
