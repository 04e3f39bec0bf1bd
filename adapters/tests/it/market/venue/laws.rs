//! The laws of the port, on every venue that speaks it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::market::venue::{SocketOptions, VenueError, VenueEvent, VenueSource};

use super::server::{Asked, Played, Reply, Server};
use super::{Listening, arrival, connection, quick, set, tick};

/// What the tests must know of a venue to play it.
pub(super) trait Dialect: Send + Sync + 'static {
    /// The client of a server.
    fn source(server: &Server, socket: SocketOptions) -> Arc<dyn VenueSource>;
    /// Two symbols, and one that the venue does not have.
    const CODES: [&str; 3];
    /// Whether a request subscribes, its number, and its symbols.
    fn read(request: &str) -> (bool, u64, Vec<String>);
    /// The acknowledgement; `sent` is all that is subscribed then.
    fn done(id: u64, sent: &[String]) -> String;
    fn refused(id: u64) -> String;
    fn trade(code: &str, id: i64) -> String;
    /// The answer to a request for symbols, where there are none.
    fn no_symbols() -> String;
}

/// The venue's end of a socket, which acknowledges what it is asked.
struct Venue<D> {
    socket: Played,
    sent: Vec<String>,
    dialect: std::marker::PhantomData<D>,
}

impl<D: Dialect> Venue<D> {
    async fn next(server: &mut Server) -> Self {
        let socket = server.socket().await;
        Self { socket, sent: Vec::new(), dialect: std::marker::PhantomData }
    }

    /// Takes a request and does it.
    async fn obey(&mut self) -> (bool, Vec<String>) {
        let (subscribe, id, codes) = D::read(&self.socket.request().await);
        self.sent.retain(|code| !codes.contains(code));
        if subscribe {
            self.sent.extend(codes.clone());
        }
        self.socket.say(D::done(id, &self.sent)).await;
        (subscribe, codes)
    }

    async fn trade(&mut self, code: &str, id: i64) {
        self.socket.say(D::trade(code, id)).await;
    }
}

fn nothing(_: &Asked) -> Reply {
    Reply(404, Vec::new(), String::new())
}

/// 1 and 2: what arrives is handed over in order, a loss is told before what follows it, and the
/// stream comes back by itself, each time after a pause.
pub(super) async fn comes_back_after_a_loss<D: Dialect>() {
    let [a, b, _] = D::CODES;
    let mut server = Server::start(nothing).await;
    let mut listening = Listening::to(&D::source(&server, quick()), &[a, b], 100);
    for round in 0..3 {
        let mut venue = Venue::<D>::next(&mut server).await;
        assert_eq!(venue.obey().await, (true, vec![a.to_owned(), b.to_owned()]));
        assert_eq!(connection(&listening.next().await), (true, set(&[a, b])));
        for id in 1..=3 {
            venue.trade(a, round * 100 + id).await;
            venue.trade(b, round * 100 + id).await;
        }
        for id in 1..=3 {
            assert_eq!(tick(&listening.next().await), (a.to_owned(), round * 100 + id));
            assert_eq!(tick(&listening.next().await), (b.to_owned(), round * 100 + id));
        }
        let cut = Instant::now();
        venue.socket.cut();
        assert_eq!(connection(&listening.next().await), (false, set(&[a, b])));
        server.nobody_connects(Duration::from_millis(200).saturating_sub(cut.elapsed())).await;
    }
    listening.stop().await;
}

/// 2: what is wanted is followed without a word to the others; what is no longer wanted is told
/// as disconnected, and with nothing wanted the connection is given back.
pub(super) async fn follows_what_is_wanted<D: Dialect>() {
    let [a, b, _] = D::CODES;
    let mut server = Server::start(nothing).await;
    let mut listening = Listening::to(&D::source(&server, quick()), &[], 100);
    server.nobody_connects(Duration::from_millis(100)).await;
    listening.want(&[a]);
    let mut venue = Venue::<D>::next(&mut server).await;
    assert_eq!(venue.obey().await, (true, vec![a.to_owned()]));
    assert_eq!(connection(&listening.next().await), (true, set(&[a])));
    listening.want(&[a, b]);
    assert_eq!(venue.obey().await, (true, vec![b.to_owned()]));
    assert_eq!(connection(&listening.next().await), (true, set(&[b])));
    venue.trade(a, 1).await;
    assert_eq!(tick(&listening.next().await), (a.to_owned(), 1));
    listening.want(&[b]);
    assert_eq!(venue.obey().await, (false, vec![a.to_owned()]));
    assert_eq!(connection(&listening.next().await), (false, set(&[a])));
    venue.trade(b, 2).await;
    assert_eq!(tick(&listening.next().await), (b.to_owned(), 2));
    listening.want(&[]);
    assert_eq!(venue.obey().await, (false, vec![b.to_owned()]));
    assert_eq!(connection(&listening.next().await), (false, set(&[b])));
    venue.socket.ended().await;
    listening.want(&[a]);
    let mut venue = Venue::<D>::next(&mut server).await;
    assert_eq!(venue.obey().await, (true, vec![a.to_owned()]));
    assert_eq!(connection(&listening.next().await), (true, set(&[a])));
    listening.stop().await;
    venue.socket.ended().await;
}

/// 1: a listener that is slow holds the stream up, and loses nothing.
pub(super) async fn waits_for_a_slow_listener<D: Dialect>() {
    const TRADES: i64 = 5_000;
    let [a, ..] = D::CODES;
    let mut server = Server::start(nothing).await;
    let mut listening = Listening::to(&D::source(&server, quick()), &[a], 1);
    let mut venue = Venue::<D>::next(&mut server).await;
    venue.obey().await;
    let feed = tokio::spawn(async move {
        for id in 1..=TRADES {
            venue.trade(a, id).await;
        }
        venue
    });
    assert_eq!(connection(&listening.next().await), (true, set(&[a])));
    tokio::time::sleep(Duration::from_millis(300)).await;
    for id in 1..=TRADES {
        assert_eq!(tick(&listening.next().await).1, id);
    }
    drop(feed.await.unwrap());
    listening.stop().await;
}

/// A message that can't be understood is passed over, and the connection is kept.
pub(super) async fn survives_what_it_cannot_read<D: Dialect>() {
    let [a, ..] = D::CODES;
    let mut server = Server::start(nothing).await;
    let mut listening = Listening::to(&D::source(&server, quick()), &[a], 100);
    let mut venue = Venue::<D>::next(&mut server).await;
    venue.obey().await;
    assert_eq!(connection(&listening.next().await), (true, set(&[a])));
    let good = D::trade(a, 1);
    let bad = ["", "{", "[]", "null", "7", "\"x\"", "{\"stream\":7}", "{\"type\":7}"];
    for text in bad {
        venue.socket.say(text).await;
    }
    for cut in (1..good.len()).filter(|at| good.is_char_boundary(*at)) {
        venue.socket.say(&good[..cut]).await;
    }
    let price = good.replace("1.50", "-1.50");
    assert_ne!(price, good);
    venue.socket.say(price).await;
    venue.trade(a, 2).await;
    assert_eq!(tick(&listening.next().await), (a.to_owned(), 2));
    listening.stop().await;
}

/// A connection on which nothing is heard is pinged, given up, and made anew.
pub(super) async fn gives_up_a_silent_connection<D: Dialect>() {
    let [a, ..] = D::CODES;
    let mut server = Server::start(nothing).await;
    let options = SocketOptions { silent_after: Duration::from_millis(400), ..quick() };
    let mut listening = Listening::to(&D::source(&server, options), &[a], 100);
    let mut venue = Venue::<D>::next(&mut server).await;
    venue.obey().await;
    assert_eq!(connection(&listening.next().await), (true, set(&[a])));
    // A venue that reads answers the ping, which is enough to be kept.
    assert!(venue.socket.is_quiet(Duration::from_millis(900)).await);
    venue.trade(a, 1).await;
    assert_eq!(tick(&listening.next().await), (a.to_owned(), 1));
    // Now it reads no more.
    let event = listening.next().await;
    assert_eq!(connection(&event), (false, set(&[a])));
    assert!(matches!(event, VenueEvent::Disconnected { reason, .. } if reason.contains("0.4 s")));
    Venue::<D>::next(&mut server).await.obey().await;
    assert_eq!(connection(&listening.next().await), (true, set(&[a])));
    listening.stop().await;
}

/// A symbol that the venue refuses does not keep the others from being connected.
pub(super) async fn isolates_a_refused_symbol<D: Dialect>() {
    let [a, b, unknown] = D::CODES;
    let mut server = Server::start(nothing).await;
    let mut listening = Listening::to(&D::source(&server, quick()), &[a, b, unknown], 100);
    let mut venue = Venue::<D>::next(&mut server).await;
    let mut connected = set(&[]);
    while connected.len() < 2 {
        let (_, id, codes) = D::read(&venue.socket.request().await);
        if codes.iter().any(|code| code == unknown) {
            venue.socket.say(D::refused(id)).await;
            continue;
        }
        venue.sent.extend(codes);
        venue.socket.say(D::done(id, &venue.sent)).await;
        connected.extend(connection(&listening.next().await).1);
    }
    assert_eq!(connected, set(&[a, b]));
    venue.trade(b, 1).await;
    assert_eq!(tick(&listening.next().await), (b.to_owned(), 1));
    listening.stop().await;
}

/// A request without an acknowledgement ends the connection; nothing was promised on it.
pub(super) async fn does_not_trust_a_request_without_answer<D: Dialect>() {
    let [a, ..] = D::CODES;
    let mut server = Server::start(nothing).await;
    let options = SocketOptions { patience: Duration::from_millis(200), ..quick() };
    let mut listening = Listening::to(&D::source(&server, options), &[a], 100);
    let mut deaf = server.socket().await;
    deaf.request().await;
    deaf.ended().await;
    Venue::<D>::next(&mut server).await.obey().await;
    assert_eq!(connection(&listening.next().await), (true, set(&[a])));
    listening.stop().await;
}

/// A connection is replaced before it is too old.
pub(super) async fn replaces_an_old_connection<D: Dialect>() {
    let [a, ..] = D::CODES;
    let mut server = Server::start(nothing).await;
    let options = SocketOptions { most_age: Duration::from_millis(300), ..quick() };
    let mut listening = Listening::to(&D::source(&server, options), &[a], 100);
    for _ in 0..2 {
        let mut venue = Venue::<D>::next(&mut server).await;
        venue.obey().await;
        assert_eq!(connection(&listening.next().await), (true, set(&[a])));
        assert_eq!(connection(&listening.next().await), (false, set(&[a])));
    }
    listening.stop().await;
}

/// 5: "too many requests" with a short pause is waited for by everybody; a long one is told at once.
pub(super) async fn keeps_the_pause_it_is_told<D: Dialect>() {
    let turns = std::sync::atomic::AtomicUsize::new(0);
    let mut server =
        Server::start(move |_| match turns.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Reply(429, vec![("retry-after", "1".to_owned())], String::new()),
            1 | 2 => Reply::ok(D::no_symbols()),
            _ => Reply(418, vec![("retry-after", "3600".to_owned())], String::new()),
        })
        .await;
    let source = D::source(&server, quick());
    let began = Instant::now();
    let other = tokio::spawn({
        let source = Arc::clone(&source);
        async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            source.symbols().await.map(|_| ())
        }
    });
    assert_eq!(source.symbols().await.unwrap(), []);
    other.await.unwrap().unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    for _ in 0..2 {
        match source.symbols().await {
            Err(VenueError::RateLimited(pause)) => assert!(pause > Duration::from_secs(3_590)),
            other => panic!("{other:?} is no refusal"),
        }
    }
    assert_eq!(server.asked.lock().unwrap().len(), 4, "it was asked during the pause");
    server.nobody_connects(Duration::ZERO).await;
}

/// What a failure is: out of order is transient, nonsense is not.
pub(super) async fn names_failures<D: Dialect>() {
    let turns = std::sync::atomic::AtomicUsize::new(0);
    let server =
        Server::start(move |_| match turns.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Reply(503, Vec::new(), "maintenance".to_owned()),
            1 => Reply::ok("<html>"),
            _ => Reply(400, Vec::new(), "no JSON".to_owned()),
        })
        .await;
    let source = D::source(&server, quick());
    let error = source.symbols().await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("maintenance"), "{error}");
    let error = source.symbols().await.unwrap_err();
    assert!(matches!(error, VenueError::Malformed(_)) && !error.is_transient(), "{error}");
    let error = source.symbols().await.unwrap_err();
    assert_eq!(error, VenueError::Refused { code: 400, message: "no JSON".to_owned() });
    drop(server);
    let error = source.symbols().await.unwrap_err();
    assert!(matches!(error, VenueError::Unreachable(_)), "{error}");
}

/// 6: arrival is our clock's, and the venue's time is as it wrote it, even where it is later.
pub(super) async fn keeps_both_times<D: Dialect>() {
    let [a, ..] = D::CODES;
    let mut server = Server::start(nothing).await;
    let mut listening = Listening::to(&D::source(&server, quick()), &[a], 100);
    let mut venue = Venue::<D>::next(&mut server).await;
    venue.obey().await;
    listening.next().await;
    venue.trade(a, 7).await;
    let VenueEvent::Tick { tick, .. } = listening.next().await else { panic!("no tick") };
    assert_eq!(tick.received_at, Some(arrival()));
    assert_eq!(tick.time.to_string(), "2030-01-01T00:00:00.007Z");
    assert_eq!((tick.price.to_string(), tick.buyer_is_maker), ("1.50".to_owned(), Some(true)));
    listening.stop().await;
}

/// Every law, as a test of one venue.
macro_rules! laws {
    ($dialect:ty: $($law:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $law() {
            $crate::market::venue::laws::$law::<$dialect>().await;
        }
    )+};
    ($dialect:ty) => {
        $crate::market::venue::laws::laws!($dialect:
            comes_back_after_a_loss, follows_what_is_wanted, waits_for_a_slow_listener,
            survives_what_it_cannot_read, gives_up_a_silent_connection, isolates_a_refused_symbol,
            does_not_trust_a_request_without_answer, replaces_an_old_connection,
            keeps_the_pause_it_is_told, names_failures, keeps_both_times,
        );
    };
}
pub(super) use laws;
