//! One WebSocket connection: hears what the client says, sends what it wants to hear, and deals
//! the faults on the way. Acknowledgements are never touched by faults.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, sleep_until};

use crate::dealer::{Dealer, Then};
use crate::faults::{Dice, Fault};
use crate::sessions::{Joined, Stream, Wire};
use crate::world::World;

/// How often the venue pings, as Binance does.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long it waits for any sign of life.
const PATIENCE: Duration = Duration::from_secs(60);
/// Messages a client may send in a second: Binance's limit.
const HEARD_A_SECOND: u32 = 5;

/// What a venue's connections have of their own.
pub(crate) trait Surface: Send + 'static {
    /// What is heard from the start on.
    fn streams(&self, world: &World) -> HashSet<Stream>;

    /// Answers to something that the client said.
    fn hear(&mut self, world: &World, number: u64, text: &str) -> Vec<String>;

    /// A message as it is sent on this connection.
    fn wrap(&mut self, world: &World, wire: Wire) -> Utf8Bytes;
}

/// Serves a connection until it ends.
pub(crate) async fn serve(socket: WebSocket, world: Arc<World>, mut surface: impl Surface) {
    let joined = world.sessions.join();
    let number = joined.number;
    let streams = surface.streams(&world);
    world.sessions.want(number, |wanted| *wanted = streams);
    let (cut, stop) = (joined.cut.clone(), world.stop.clone());
    let mut connection = Connection::new(socket, world.clone(), joined);
    tokio::select! {
        // Dropping the socket ends the connection without a word.
        () = connection.run(&mut surface) => {}
        () = cut.cancelled() => {}
        () = stop.cancelled() => {}
    }
    world.sessions.leave(number);
}

struct Connection {
    socket: WebSocket,
    world: Arc<World>,
    joined: Joined,
    dealer: Dealer,
    begun: Instant,
    heard: Instant,
    /// Messages heard in the second that began then.
    second: (Instant, u32),
    /// When it is cut by chance.
    chance: Option<(f64, Instant)>,
}

impl Connection {
    fn new(socket: WebSocket, world: Arc<World>, joined: Joined) -> Self {
        let now = Instant::now();
        let dealer = Dealer::default();
        Self {
            socket,
            world,
            joined,
            dealer,
            begun: now,
            heard: now,
            second: (now, 0),
            chance: None,
        }
    }

    async fn run(&mut self, surface: &mut impl Surface) {
        let mut ping = tokio::time::interval_at(self.begun + PING_EVERY, PING_EVERY);
        let mut look = tokio::time::interval(Duration::from_millis(100));
        loop {
            let late = self.dealer.next_late();
            let going_on = tokio::select! {
                parcel = self.joined.queue.recv() => match parcel {
                    Some(parcel) => self.pass(parcel, surface).await,
                    None => false,
                },
                said = self.socket.next() => match said {
                    Some(Ok(message)) => self.answer(message, surface).await,
                    _ => false,
                },
                () = sleep_until(late.unwrap_or(self.begun)), if late.is_some() => {
                    let mut out = Vec::new();
                    self.dealer.take_late(Instant::now(), &mut out);
                    self.send(out).await
                }
                _ = ping.tick() => self.ping().await,
                _ = look.tick() => self.may_live().await,
            };
            if !going_on {
                return;
            }
        }
    }

    async fn pass(&mut self, parcel: Vec<Wire>, surface: &mut impl Surface) -> bool {
        let faults = self.world.faults();
        let mut out = Vec::with_capacity(parcel.len());
        let (now, mut then) = (Instant::now(), Then::GoOn);
        for wire in parcel {
            let text = surface.wrap(&self.world, wire);
            let (seed, counters) = (self.world.seed, &self.world.counters);
            then = self.dealer.deal(text, seed, &faults, counters, now, &mut out);
            if then == Then::End {
                break;
            }
        }
        self.send(out).await && then == Then::GoOn
    }

    async fn send(&mut self, texts: Vec<Utf8Bytes>) -> bool {
        for text in texts {
            if self.socket.feed(Message::Text(text)).await.is_err() {
                return false;
            }
        }
        self.socket.flush().await.is_ok()
    }

    async fn answer(&mut self, message: Message, surface: &mut impl Surface) -> bool {
        let now = Instant::now();
        self.heard = now;
        if now - self.second.0 >= Duration::from_secs(1) {
            self.second = (now, 0);
        }
        self.second.1 += 1;
        if self.second.1 > HEARD_A_SECOND {
            self.close(1008, "Too many requests").await;
            return false;
        }
        match message {
            Message::Text(text) => {
                let answers = surface.hear(&self.world, self.joined.number, &text);
                if self.dealer.is_silent(Instant::now()) {
                    return true;
                }
                self.send(answers.into_iter().map(Utf8Bytes::from).collect()).await
            }
            Message::Close(_) => {
                // The answering close frame is queued already.
                let _ = self.socket.flush().await;
                false
            }
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => true,
        }
    }

    async fn ping(&mut self) -> bool {
        if self.heard.elapsed() > PATIENCE {
            return false;
        }
        if self.dealer.is_silent(Instant::now()) {
            return true;
        }
        let now = self.world.clock.now().millis().to_string();
        self.socket.send(Message::Ping(now.into())).await.is_ok()
    }

    /// Whether neither chance nor the venue's rules end the connection now.
    async fn may_live(&mut self) -> bool {
        let faults = self.world.faults();
        let lived = self.begun.elapsed().as_secs_f64();
        if faults.lifetime_s > 0.0 && lived >= faults.lifetime_s {
            self.close(1000, "").await;
            return false;
        }
        let mean = faults.disconnect_every_s;
        if mean <= 0.0 {
            self.chance = None;
            return true;
        }
        #[allow(clippy::float_cmp, reason = "whether the setting is still the same")]
        if self.chance.is_none_or(|(of, _)| of != mean) {
            let dice = Dice::of_number(self.world.seed, self.joined.number);
            // Waiting times of something that happens by chance are spread exponentially.
            let wait = -mean * (1.0 - dice.share(Fault::Disconnect)).ln();
            self.chance = Some((mean, Instant::now() + Duration::from_secs_f64(wait)));
        }
        let due = self.chance.is_some_and(|(_, at)| at <= Instant::now());
        if due {
            self.world.counters.count(Fault::Disconnect);
        }
        !due
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
        let _ = self.socket.send(Message::Close(Some(frame))).await;
    }
}

/// Whether a new connection is refused.
pub(crate) fn is_refused(world: &World) -> bool {
    let (_, made) = world.sessions.counts();
    let attempt = world.requests.fetch_add(1, Ordering::Relaxed);
    let dice = Dice::of_number(world.seed ^ made, attempt);
    world.counters.deal(dice, Fault::Refuse, world.faults().refuse_connections)
}
