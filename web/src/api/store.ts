// State that changes faster than anyone can read. Each action is reduced at once, so nothing
// queues up in a hidden tab, but readers are told at most every REPAINT_MS.

const REPAINT_MS = 40;

export interface Store<S, A> {
  /** What readers were last told. */
  get: () => S;
  /** The state with every action in it. */
  current: () => S;
  dispatch: (action: A) => void;
  subscribe: (listener: () => void) => () => void;
}

/** A store that starts with `initial`. */
export function createStore<S, A>(initial: S, reduce: (state: S, action: A) => S): Store<S, A> {
  let current = initial;
  let shown = initial;
  let waiting = false;
  const listeners = new Set<() => void>();
  const show = () => {
    waiting = false;
    if (shown === current) return;
    shown = current;
    listeners.forEach((listener) => listener());
  };
  return {
    get: () => shown,
    current: () => current,
    dispatch: (action) => {
      current = reduce(current, action);
      if (shown === current || waiting) return;
      waiting = true;
      setTimeout(show, REPAINT_MS);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
