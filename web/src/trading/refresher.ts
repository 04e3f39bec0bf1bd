// Many messages, few readings: what changed is gathered while the readings before it are under way.

/**
 * Calls `read` with all keys that were told since it was called last: at once where nothing is under
 * way, and otherwise as soon as that is over and `pauseMs` have passed. So whatever is told is read
 * after it was told, and a busy bot costs no more than one reading at a time.
 */
export function refresher<K>(read: (keys: Set<K>) => Promise<unknown>, pauseMs: number) {
  let due = new Set<K>();
  let running = false;
  const run = async () => {
    running = true;
    while (due.size > 0) {
      const keys = due;
      due = new Set();
      // What fails is shown where it is read.
      await read(keys).catch(() => undefined);
      await new Promise((done) => setTimeout(done, pauseMs));
    }
    running = false;
  };
  return (key: K) => {
    due.add(key);
    if (!running) void run();
  };
}
