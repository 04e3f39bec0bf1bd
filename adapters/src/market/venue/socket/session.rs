//! What happens on one connection from its opening to its end: requests go out one at a time, in
//! step with what is wanted; what arrives is handed over before the next message is read.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::super::metrics::{Held, Messages};
use super::super::port::VenueEvent;
use super::complaints::Complaints;
use super::connection::{End, Socket, shown};
use super::{Heard, Request, Shared, Speech};

/// Refused symbols are asked for again after this time.
const REFUSED_FOR: Duration = Duration::from_secs(300);
/// Messages read in one go before anything else gets its turn.
const BURST: usize = 64;

/// A request on its way.
struct Pending {
    what: Request,
    id: u64,
    codes: Vec<String>,
    until: Instant,
}

/// One connection.
pub(super) struct Session<'a, S> {
    speech: S,
    shared: &'a Shared,
    wanted: &'a mut watch::Receiver<BTreeSet<String>>,
    socket: Socket,
    messages: Messages,
    _connected: Held,
    subscribed: Held,
    /// What was asked for and not taken back.
    asked: BTreeSet<String>,
    /// What was announced as connected.
    announced: BTreeSet<String>,
    pending: Option<Pending>,
    /// What is asked for may not be what is wanted.
    behind: bool,
    /// Parts of a refused request, to find the symbol that the venue refuses.
    parts: VecDeque<Vec<String>>,
    refused: BTreeSet<String>,
    refused_at: Instant,
    last_id: u64,
    opened: Instant,
    heard: Instant,
    pinged: bool,
    /// When the next message of ours may go out.
    may_say: Instant,
    complaints: Complaints,
}

impl<'a, S: Speech> Session<'a, S> {
    pub(super) fn new(
        speech: S,
        shared: &'a Shared,
        wanted: &'a mut watch::Receiver<BTreeSet<String>>,
        socket: Socket,
    ) -> Self {
        let now = Instant::now();
        Self {
            speech,
            wanted,
            socket,
            messages: Messages::of(&shared.venue),
            _connected: Held::connection(&shared.venue),
            subscribed: Held::subscriptions(&shared.venue),
            asked: BTreeSet::new(),
            announced: BTreeSet::new(),
            pending: None,
            behind: true,
            parts: VecDeque::new(),
            refused: BTreeSet::new(),
            refused_at: now,
            last_id: 0,
            opened: now,
            heard: now,
            pinged: false,
            may_say: now,
            complaints: Complaints::of(&shared.venue),
            shared,
        }
    }

    /// Speaks and listens until the end, and tells whose stream ended with it.
    pub(super) async fn run(mut self) -> End {
        self.wanted.mark_changed();
        let end = loop {
            if let Err(end) = self.step().await {
                break end;
            }
        };
        if let End::Lost(reason) = &end {
            let codes = std::mem::take(&mut self.announced);
            if self.disconnected(codes, reason).await.is_err() {
                return End::Over;
            }
        } else {
            // A courtesy: the venue notices a closed socket in any case.
            let _ = timeout(Duration::from_millis(250), self.socket.close(None)).await;
        }
        end
    }

    async fn step(&mut self) -> Result<(), End> {
        let (stop, due) = (&self.shared.stop, self.due());
        tokio::select! {
            () = stop.cancelled() => Err(End::Over),
            changed = self.wanted.changed() => match changed {
                Ok(()) => self.follow(),
                Err(_) => Err(End::Over),
            },
            message = self.socket.next() => {
                self.receive(message).await?;
                // What has arrived already needs no timers.
                for _ in 0..BURST {
                    let Some(message) = self.socket.next().now_or_never() else { break };
                    self.receive(message).await?;
                }
                Ok(())
            }
            () = sleep_until(due) => self.act().await,
        }
    }

    /// Takes note that something else is wanted.
    fn follow(&mut self) -> Result<(), End> {
        let wanted = self.wanted.borrow_and_update();
        self.refused.retain(|code| wanted.contains(code));
        self.behind = true;
        if wanted.is_empty() && self.asked.is_empty() && self.pending.is_none() {
            return Err(End::Idle);
        }
        Ok(())
    }

    /// When something is to be done although nothing arrives.
    fn due(&self) -> Instant {
        let options = &self.shared.options;
        let silence = if self.pinged { options.silent_after } else { options.silent_after / 2 };
        let mut due = (self.heard + silence).min(self.opened + options.most_age);
        if let Some(pending) = &self.pending {
            due = due.min(pending.until);
        } else if self.behind {
            due = due.min(self.may_say);
        }
        if !self.refused.is_empty() {
            due = due.min(self.refused_at + REFUSED_FOR);
        }
        due
    }

    /// Does what is due.
    async fn act(&mut self) -> Result<(), End> {
        let (now, options) = (Instant::now(), &self.shared.options);
        if now >= self.opened + options.most_age {
            return Err(End::lost("the connection has reached its greatest age"));
        }
        if self.pending.as_ref().is_some_and(|pending| now >= pending.until) {
            let waited = shown(options.patience);
            return Err(End::lost(format!("a request was not acknowledged in {waited}")));
        }
        if now >= self.heard + options.silent_after {
            return Err(End::lost(format!(
                "nothing was heard for {}",
                shown(options.silent_after)
            )));
        }
        if !self.refused.is_empty() && now >= self.refused_at + REFUSED_FOR {
            self.refused.clear();
            self.behind = true;
        }
        if now >= self.heard + options.silent_after / 2 && !self.pinged {
            self.pinged = true;
            return self.say(Message::Ping(bytes::Bytes::new())).await;
        }
        if self.behind && self.pending.is_none() && now >= self.may_say {
            return self.request().await;
        }
        Ok(())
    }

    /// Sends the next request that brings what is asked for closer to what is wanted. What is no
    /// longer wanted goes first: it makes room.
    async fn request(&mut self) -> Result<(), End> {
        let most = self.speech.codes_a_request();
        let (what, codes) = {
            let wanted = self.wanted.borrow();
            let gone = self.asked.difference(&wanted).take(most).cloned().collect::<Vec<_>>();
            if !gone.is_empty() {
                (Request::Unsubscribe, gone)
            } else if let Some(part) = self.parts.pop_front() {
                let still = |code: &String| self.asked.contains(code);
                (Request::Subscribe, part.into_iter().filter(still).collect())
            } else {
                let new = wanted.difference(&self.asked);
                let new = new.filter(|code| !self.refused.contains(*code));
                (Request::Subscribe, new.take(most).cloned().collect())
            }
        };
        if codes.is_empty() {
            self.behind = !self.parts.is_empty();
            return Ok(());
        }
        for code in &codes {
            match what {
                Request::Subscribe => self.asked.insert(code.clone()),
                Request::Unsubscribe => self.asked.remove(code),
            };
        }
        self.last_id += 1;
        let text = self.speech.request(what, self.last_id, &codes);
        self.say(Message::text(text)).await?;
        let until = Instant::now() + self.shared.options.patience;
        self.pending = Some(Pending { what, id: self.last_id, codes, until });
        Ok(())
    }

    async fn say(&mut self, message: Message) -> Result<(), End> {
        let options = &self.shared.options;
        self.may_say = Instant::now() + options.message_gap;
        match timeout(options.patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::lost(error.to_string())),
            Err(_) => Err(End::lost("the venue takes no messages")),
        }
    }

    async fn receive(
        &mut self,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), End> {
        let arrival = (self.shared.now)();
        let result = match message {
            None => Err(End::lost("the venue closed the connection")),
            Some(Err(error)) => Err(End::lost(error.to_string())),
            Some(Ok(Message::Close(frame))) => {
                let why = frame.map(|frame| format!(" ({} {})", frame.code, frame.reason));
                Err(End::lost(format!(
                    "the venue closed the connection{}",
                    why.unwrap_or_default()
                )))
            }
            Some(Ok(Message::Text(text))) => match self.speech.hear(&text, arrival) {
                Ok(heard) => self.take(heard).await,
                Err(reason) => {
                    self.complaints.note(&reason, &text);
                    Ok(())
                }
            },
            Some(Ok(Message::Binary(bytes))) => {
                self.complaints.note("is binary", &String::from_utf8_lossy(&bytes));
                Ok(())
            }
            // Pings are answered by the library as the next message is read.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
        };
        // Taken after the hand-over: time that we waited is not the venue's silence.
        (self.heard, self.pinged) = (Instant::now(), false);
        result
    }

    async fn take(&mut self, heard: Heard) -> Result<(), End> {
        let counter = match &heard {
            Heard::Event(VenueEvent::Tick { .. }) => &self.messages.tick,
            Heard::Event(VenueEvent::Candle { .. }) => &self.messages.candle,
            Heard::Event(VenueEvent::Book { .. }) => &self.messages.book,
            _ => &self.messages.other,
        };
        counter.increment(1);
        match heard {
            Heard::Event(event) => self.tell(event).await,
            Heard::Nothing => Ok(()),
            Heard::Leaving(reason) => Err(End::lost(reason)),
            Heard::Missed(code, reason) => {
                self.tell(VenueEvent::Disconnected { codes: vec![code.clone()], reason }).await?;
                self.tell(VenueEvent::Connected { codes: vec![code] }).await
            }
            Heard::Done(id) => match self.pending.take() {
                Some(pending) if id.is_none_or(|id| id == pending.id) => self.done(pending).await,
                other => {
                    self.pending = other;
                    Ok(())
                }
            },
            Heard::Sends(codes) => match self.pending.take() {
                Some(pending) => {
                    let sent = |code: &String| codes.contains(code);
                    let fits = match pending.what {
                        Request::Subscribe => pending.codes.iter().all(sent),
                        Request::Unsubscribe => !pending.codes.iter().any(sent),
                    };
                    if fits {
                        self.done(pending).await
                    } else {
                        self.refuse(pending, "its answer lists other symbols").await
                    }
                }
                None => Ok(()),
            },
            Heard::Refused(id, reason) => match self.pending.take() {
                Some(pending) if id.is_none_or(|id| id == pending.id) => {
                    self.refuse(pending, &reason).await
                }
                other => {
                    self.pending = other;
                    tracing::warn!(venue = &*self.shared.venue, reason, "the venue complains");
                    Ok(())
                }
            },
        }
    }

    async fn done(&mut self, pending: Pending) -> Result<(), End> {
        match pending.what {
            Request::Subscribe => {
                let codes = pending.codes.iter().map(|code| Arc::from(code.as_str())).collect();
                self.tell(VenueEvent::Connected { codes }).await?;
                self.announced.extend(pending.codes);
            }
            Request::Unsubscribe => {
                let mut codes = BTreeSet::from_iter(pending.codes);
                codes.retain(|code| self.announced.remove(code));
                self.disconnected(codes, "no longer wanted").await?;
            }
        }
        self.subscribed.set(self.announced.len());
        self.follow()
    }

    /// A refused request is taken apart until the symbol is found that the venue does not like.
    async fn refuse(&mut self, pending: Pending, reason: &str) -> Result<(), End> {
        if pending.what == Request::Unsubscribe {
            return Err(End::lost(format!("the venue does not end a subscription: {reason}")));
        }
        match pending.codes.as_slice() {
            [code] => {
                tracing::warn!(
                    venue = &*self.shared.venue,
                    code,
                    reason,
                    "the venue refuses to stream this symbol; it is asked again later"
                );
                self.asked.remove(code);
                self.refused.insert(code.clone());
                self.refused_at = Instant::now();
            }
            codes => {
                let (left, right) = codes.split_at(codes.len() / 2);
                self.parts.extend([left.to_vec(), right.to_vec()]);
            }
        }
        self.follow()
    }

    async fn disconnected(&self, codes: BTreeSet<String>, reason: &str) -> Result<(), End> {
        if codes.is_empty() {
            return Ok(());
        }
        let codes = codes.iter().map(|code| Arc::from(code.as_str())).collect();
        self.tell(VenueEvent::Disconnected { codes, reason: reason.to_owned() }).await
    }

    /// Hands an event over, waiting while there is no room.
    async fn tell(&self, event: VenueEvent) -> Result<(), End> {
        match self.shared.out.try_send(event) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(End::Over),
            Err(TrySendError::Full(event)) => tokio::select! {
                () = self.shared.stop.cancelled() => Err(End::Over),
                sent = self.shared.out.send(event) => sent.map_err(|_| End::Over),
            },
        }
    }
}
