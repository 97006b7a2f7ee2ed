//! The wire between a worker and its servers, which can be held or cut at any message.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Nothing of one message and another arrives within this time.
const BREAK: Duration = Duration::from_millis(5);

/// How the wire is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Everything passes, uncounted.
    Open,
    /// Everything passes, up to the message that is waited for.
    Armed,
    /// Nothing passes.
    Held,
}

/// Counts the messages of all connections and stops at one of them.
#[derive(Debug)]
pub(crate) struct Gate {
    stop_at: usize,
    passed: AtomicUsize,
    /// The state, and how often all connections were cut.
    state: watch::Sender<(State, u32)>,
}

impl Gate {
    /// A gate that stops at the message of a number, counted from when it is armed.
    pub(crate) fn new(stop_at: usize) -> Arc<Self> {
        let (state, _) = watch::channel((State::Open, 0));
        Arc::new(Self { stop_at, passed: AtomicUsize::default(), state })
    }

    pub(crate) fn arm(&self) {
        self.state.send_modify(|(state, _)| *state = State::Armed);
    }

    /// Waits until the message has come; it is held, and so is all that follows.
    pub(crate) async fn reached(&self) {
        let mut state = self.state.subscribe();
        let _ = state.wait_for(|(state, _)| *state == State::Held).await;
    }

    /// Lets everything pass, the held messages first.
    pub(crate) fn open(&self) {
        self.state.send_modify(|(state, _)| *state = State::Open);
    }

    /// Cuts all connections, the held messages with them; new ones are let through.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|(state, cuts)| {
            *state = State::Open;
            *cuts += 1;
        });
    }

    /// Whether a message of a connection that is as old as so many cuts may pass.
    async fn pass(&self, age: u32) -> bool {
        let mut state = self.state.subscribe();
        let now = *state.borrow_and_update();
        if now.0 == State::Armed && self.passed.fetch_add(1, Ordering::SeqCst) == self.stop_at {
            self.state.send_modify(|(state, _)| *state = State::Held);
        }
        state
            .wait_for(|(state, cuts)| *state != State::Held || *cuts != age)
            .await
            .is_ok_and(|now| now.1 == age)
    }

    async fn cut_after(&self, age: u32) {
        let _ = self.state.subscribe().wait_for(|(_, cuts)| *cuts != age).await;
    }
}

/// Opens a port whose connections go to a port of this machine, through a gate.
pub(crate) async fn lay(to: u16, gate: &Arc<Gate>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("has an address").port();
    let gate = Arc::clone(gate);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else { continue };
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { carry(near, far, &gate).await });
        }
    });
    port
}

async fn carry(near: TcpStream, far: TcpStream, gate: &Gate) {
    let age = gate.state.borrow().1;
    let (mut near_reads, mut near_writes) = near.into_split();
    let (mut far_reads, mut far_writes) = far.into_split();
    tokio::select! {
        () = gate.cut_after(age) => {}
        () = pump(&mut near_reads, &mut far_writes, gate, age) => {}
        () = pump(&mut far_reads, &mut near_writes, gate, age) => {}
    }
}

async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    gate: &Gate,
    age: u32,
) {
    let mut message = Vec::new();
    while let Ok(1..) = from.read_buf(&mut message).await {
        // One message may come in several pieces.
        while let Ok(Ok(1..)) = tokio::time::timeout(BREAK, from.read_buf(&mut message)).await {}
        if !gate.pass(age).await || to.write_all(&message).await.is_err() {
            return;
        }
        message.clear();
    }
}

/// Opens a port whose connections go to a port of this machine. The first reply that contains some bytes is
/// swallowed, and so is whatever follows it on its connection, which stays open.
pub(crate) async fn lay_swallowing(to: u16, bytes: Vec<u8>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("has an address").port();
    let swallowed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&swallowed);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else { continue };
            let (bytes, count) = (bytes.clone(), Arc::clone(&count));
            tokio::spawn(async move { swallow(near, far, &bytes, &count).await });
        }
    });
    (port, swallowed)
}

async fn swallow(near: TcpStream, far: TcpStream, bytes: &[u8], count: &AtomicUsize) {
    let (mut near_reads, mut near_writes) = near.into_split();
    let (mut far_reads, mut far_writes) = far.into_split();
    let replies = async {
        let mut is_dead = false;
        let mut message = Vec::new();
        while let Ok(1..) = far_reads.read_buf(&mut message).await {
            let is_it = message.windows(bytes.len()).any(|window| window == bytes);
            if is_it && count.load(Ordering::SeqCst) == 0 {
                count.fetch_add(1, Ordering::SeqCst);
                is_dead = true;
            }
            if !is_dead && near_writes.write_all(&message).await.is_err() {
                return;
            }
            message.clear();
        }
    };
    tokio::select! {
        _ = tokio::io::copy(&mut near_reads, &mut far_writes) => {}
        () = replies => {}
    }
}
