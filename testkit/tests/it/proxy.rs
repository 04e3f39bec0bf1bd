//! The network that fails on demand.

use std::time::{Duration, Instant};

use testkit::{FaultProxy, Upstream, database};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::{Config, NoTls};

/// Answers every byte with the same byte.
async fn echo() -> Upstream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                tokio::io::copy(&mut read, &mut write).await
            });
        }
    });
    Upstream::Tcp(address)
}

async fn round_trip(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"ping").await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"ping");
    Ok(())
}

#[tokio::test]
async fn a_cut_breaks_old_and_new_connections_until_it_is_restored() {
    let proxy = FaultProxy::start(echo().await).await.unwrap();
    let mut old = TcpStream::connect(proxy.address()).await.unwrap();
    round_trip(&mut old).await.unwrap();
    proxy.cut();
    assert!(round_trip(&mut old).await.is_err());
    let mut new = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(round_trip(&mut new).await.is_err());

    proxy.restore();
    assert!(round_trip(&mut old).await.is_err(), "what is broken stays broken");
    let mut next = TcpStream::connect(proxy.address()).await.unwrap();
    round_trip(&mut next).await.unwrap();
}

#[tokio::test]
async fn a_delay_holds_both_directions_back() {
    let proxy = FaultProxy::start(echo().await).await.unwrap();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.delay(Duration::from_millis(100));
    let started = Instant::now();
    round_trip(&mut stream).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    proxy.delay(Duration::ZERO);
    let started = Instant::now();
    round_trip(&mut stream).await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_answer_is_lost_after_the_request_came_through() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = FaultProxy::start(Upstream::Tcp(listener.local_addr().unwrap())).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    proxy.lose_answers(Some(b"ping"));
    let mut heard = [0; 4];
    for request in [b"pong", b"ping"] {
        client.write_all(request).await.unwrap();
        server.read_exact(&mut heard).await.unwrap();
        server.write_all(&heard).await.unwrap();
        let answer = client.read_exact(&mut heard).await;
        assert_eq!((&heard, answer.is_ok()), (request, request == b"pong"));
    }
    assert_eq!(proxy.answers_lost(), 1);
}

#[tokio::test]
async fn it_stands_before_postgresql() {
    let database = database(crate::database::migrate).await;
    let socket = database.socket_dir().join(".s.PGSQL.5432");
    let proxy = FaultProxy::start(Upstream::Unix(socket)).await.unwrap();
    let mut config = Config::new();
    config.host("127.0.0.1").port(proxy.address().port()).user("chandlery");
    config.dbname(database.name());
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client.query_one("SELECT 1", &[]).await.unwrap();
    proxy.cut();
    assert!(client.query_one("SELECT 1", &[]).await.is_err());
}
