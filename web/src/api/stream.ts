// One WebSocket to /v1/stream, shared by the whole page. It keeps the set of wanted topics,
// connects again with growing pauses, notices a connection that is dead but not closed, and says
// when a topic may have missed something so that its owner reads the tail again over REST.
import { type DataMessage, parseMessage, type ServerMessage, topicsOf } from "./messages";

/** `offline`: no connection for longer than OFFLINE_AFTER_MS, or the browser has no network. */
export type Connection = "connecting" | "live" | "reconnecting" | "offline";

/** The part of WebSocket that is used. */
export type Socket = Pick<
  WebSocket,
  "send" | "close" | "readyState" | "onopen" | "onclose" | "onmessage"
>;

export interface StreamOptions {
  open: () => Socket;
  random: () => number;
  online: () => boolean;
}

interface Subscriber {
  onMessage: (message: DataMessage) => void;
  onSync: () => void;
}

const OPEN = 1;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const QUIET_BEFORE_PING_MS = 15_000;
const SILENT_IS_DEAD_MS = 25_000;
const OFFLINE_AFTER_MS = 15_000;

/** The pause before the n-th attempt (from 0): doubling, with up to half of it random. */
export function pauseMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return Math.round(full * (0.5 + random / 2));
}

/** See the head of this file. Nothing is opened before `start`. */
export class Stream {
  #options: StreamOptions;
  #socket: Socket | null = null;
  #subscribers = new Map<string, Set<Subscriber>>();
  #sent = new Set<string>();
  #flushing = false;
  #connection: Connection = "connecting";
  #connectionListeners = new Set<() => void>();
  #attempt = 0;
  #lastHeardMs = 0;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #heartbeat: ReturnType<typeof setInterval> | null = null;
  #offlineTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Connects; calling it again while a connection exists does nothing. */
  start(): void {
    if (this.#socket !== null) return;
    this.#clearTimers();
    this.#offlineTimer ??= setTimeout(() => this.#setConnection("offline"), OFFLINE_AFTER_MS);
    const socket = this.#options.open();
    this.#socket = socket;
    this.#lastHeardMs = Date.now();
    // Covers an attempt that never opens as well as a connection that falls silent.
    this.#heartbeat = setInterval(() => this.#checkAlive(socket), QUIET_BEFORE_PING_MS / 3);
    socket.onopen = () => this.#opened();
    socket.onmessage = (event: MessageEvent) => this.#heard(String(event.data));
    socket.onclose = () => this.#lost(socket);
  }

  /** Ends the connection and every attempt at one; `start` begins anew. */
  stop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#attempt = 0;
    this.#clearTimers();
    this.#clearOfflineTimer();
    this.#setConnection("connecting");
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    // A browser reports it as an error where a connection is closed before it is open.
    if (socket.readyState === OPEN) socket.close();
    else socket.onopen = () => socket.close();
  }

  /** Connects at once instead of after the pause, for instance when the network is back. */
  retryNow(): void {
    this.#attempt = 0;
    this.start();
  }

  /**
   * Delivers the topic's messages until the returned function is called. `onSync` is called
   * whenever the server confirms the topic and whenever it says that messages were left out:
   * what was read over REST before that moment may lack something.
   */
  subscribe(topic: string, onMessage: Subscriber["onMessage"], onSync: () => void): () => void {
    const subscriber = { onMessage, onSync };
    const set = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, set.add(subscriber));
    this.#flushSoon();
    return () => {
      set.delete(subscriber);
      if (set.size === 0 && this.#subscribers.get(topic) === set) this.#subscribers.delete(topic);
      this.#flushSoon();
    };
  }

  readonly connection = (): Connection => this.#connection;

  readonly onConnection = (listener: () => void): (() => void) => {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  };

  #opened(): void {
    this.#attempt = 0;
    this.#lastHeardMs = Date.now();
    this.#clearOfflineTimer();
    this.#sent.clear();
    this.#setConnection("live");
    this.#flush();
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#clearTimers();
    const online = this.#options.online();
    if (!online) this.#setConnection("offline");
    else if (this.#connection === "live") this.#setConnection("reconnecting");
    this.#offlineTimer ??= setTimeout(() => this.#setConnection("offline"), OFFLINE_AFTER_MS);
    const pause = pauseMs(this.#attempt, this.#options.random());
    this.#attempt += 1;
    this.#timers.add(setTimeout(() => this.start(), pause));
  }

  #checkAlive(socket: Socket): void {
    const silentMs = Date.now() - this.#lastHeardMs;
    if (silentMs >= SILENT_IS_DEAD_MS) {
      // close() of a dead connection may take minutes to report, so it is given up right away.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      this.#lost(socket);
    } else if (silentMs >= QUIET_BEFORE_PING_MS) {
      this.#send({ op: "ping" });
    }
  }

  #heard(text: string): void {
    this.#lastHeardMs = Date.now();
    const message = parseMessage(text);
    if (message !== null) this.#dispatch(message);
  }

  #dispatch(message: ServerMessage): void {
    switch (message.type) {
      case "candle":
      case "tick":
      case "price":
      case "bot":
      case "order":
        for (const topic of topicsOf(message)) {
          this.#subscribers.get(topic)?.forEach((subscriber) => subscriber.onMessage(message));
        }
        break;
      case "subscribed":
        for (const topic of message.topics) {
          this.#subscribers.get(topic)?.forEach((subscriber) => subscriber.onSync());
        }
        break;
      case "lagged":
        for (const [topic, set] of this.#subscribers) {
          if ((message.topic ?? topic) === topic) set.forEach((subscriber) => subscriber.onSync());
        }
        break;
      case "error":
        // Not shown to the reader: the page asks only for topics of symbols it was given.
        console.error(`stream: ${message.code}: ${message.message}`);
        break;
      case "pong":
        break;
    }
  }

  /** Several changes in one turn (one view leaves, the next comes) become one message each way. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#socket?.readyState !== OPEN) return;
    const wanted = [...this.#subscribers.keys()];
    const added = wanted.filter((topic) => !this.#sent.has(topic));
    const dropped = [...this.#sent].filter((topic) => !this.#subscribers.has(topic));
    if (added.length > 0) this.#send({ op: "subscribe", topics: added });
    if (dropped.length > 0) this.#send({ op: "unsubscribe", topics: dropped });
    this.#sent = new Set(wanted);
  }

  #send(message: object): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message));
  }

  #setConnection(connection: Connection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    this.#connectionListeners.forEach((listener) => listener());
  }

  #clearOfflineTimer(): void {
    if (this.#offlineTimer !== null) clearTimeout(this.#offlineTimer);
    this.#offlineTimer = null;
  }

  #clearTimers(): void {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#timers.clear();
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}
