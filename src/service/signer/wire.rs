//! How a signer is asked: a Unix stream socket, one request and one answer after the other.
//!
//! Each way, a message is its length in 4 bytes, big-endian, and so many bytes of JSON, at most
//! [`MOST`] of them: a [`Request`], a [`Reply`]. Who may ask is said by the kernel (`SO_PEERCRED`):
//! a connection of a user that is not listed is closed without a word.
//!
//! Promises: a message that is too long is not read; a caller waits no longer than its time; a
//! connection that broke is not used again. Does not: speak over a network.

use std::io::{Error, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Reply, Request, Signing};

/// The most bytes of a message: a sealed bundle holds logos and payment files.
pub const MOST: u32 = 64 * 1024 * 1024;

/// Connections that are served at the same time.
const CONNECTIONS: usize = 64;

/// Connections that a server keeps open.
const IDLE: usize = 4;

async fn send<T: Serialize>(stream: &mut UnixStream, message: &T) -> Result<(), Error> {
    let text = serde_json::to_vec(message).map_err(Error::other)?;
    let length = u32::try_from(text.len()).ok().filter(|length| *length <= MOST);
    let length = length.ok_or_else(|| Error::new(ErrorKind::InvalidData, "too long"))?;
    let mut bytes = Vec::with_capacity(text.len() + 4);
    bytes.extend(length.to_be_bytes());
    bytes.extend(text);
    stream.write_all(&bytes).await
}

/// The next message; `None` when the other side has closed.
async fn receive<T: DeserializeOwned>(stream: &mut UnixStream) -> Result<Option<T>, Error> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    };
    let length = u32::from_be_bytes(length);
    if length > MOST {
        return Err(Error::new(ErrorKind::InvalidData, "too long"));
    }
    let mut text = Vec::new();
    let read = stream.take(u64::from(length)).read_to_end(&mut text).await?;
    if read != usize::try_from(length).map_err(Error::other)? {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_slice(&text).map(Some).map_err(Error::other)
}

/// The server's end.
#[derive(Debug)]
pub(super) struct Remote {
    socket: PathBuf,
    timeout: Duration,
    idle: Mutex<Vec<UnixStream>>,
}

impl Remote {
    pub(super) const fn new(socket: PathBuf, timeout: Duration) -> Self {
        Self { socket, timeout, idle: Mutex::new(Vec::new()) }
    }

    /// Asks, and asks again on a fresh connection when a kept one turns out to be dead: the same
    /// question has the same answer, and at worst counts twice in the day's ceilings.
    pub(super) async fn ask(&self, request: &Request) -> Result<Reply, Error> {
        let asking = async {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            if let Some(stream) = kept
                && let Ok(reply) = self.exchange(stream, request).await
            {
                return Ok(reply);
            }
            self.exchange(UnixStream::connect(&self.socket).await?, request).await
        };
        let answered = tokio::time::timeout(self.timeout, asking).await;
        answered.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
    }

    async fn exchange(&self, mut stream: UnixStream, request: &Request) -> Result<Reply, Error> {
        send(&mut stream, request).await?;
        let reply = receive(&mut stream).await?;
        let reply = reply.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(stream);
        }
        Ok(reply)
    }
}

/// The signer's end: its socket, and who may ask.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    uids: Vec<u32>,
}

impl Socket {
    /// Listens on a path, in place of a socket that nobody listens on any more. With no list of
    /// users, only the one that the signer runs as may ask.
    ///
    /// # Errors
    /// What the system says; [`ErrorKind::AddrInUse`] when another signer listens there.
    pub async fn bind(path: &Path, mut uids: Vec<u32>) -> Result<Self, Error> {
        let there =
            std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
        if there {
            if UnixStream::connect(path).await.is_ok() {
                return Err(ErrorKind::AddrInUse.into());
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        if uids.is_empty() {
            uids.push(std::fs::metadata(path)?.uid());
        }
        // Who may connect is the directory's matter, who is answered is said below.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        Ok(Self { listener, path: path.to_owned(), uids })
    }

    /// Answers until told to stop; who has no answer by then asks the next signer again.
    pub async fn serve(self, signing: Arc<Signing>, stop: impl Future<Output = ()> + Send) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut stop = std::pin::pin!(stop);
        let mut open = JoinSet::new();
        loop {
            let next = async {
                let place = places.clone().acquire_owned().await;
                (place, self.listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                next = next => next,
                Some(_) = open.join_next() => continue,
                () = &mut stop => break,
            };
            match accepted {
                Ok((stream, _)) => match stream.peer_cred() {
                    Ok(peer) if self.lets(peer.uid()) => {
                        let signing = signing.clone();
                        open.spawn(async move {
                            if let Err(error) = converse(stream, signing).await {
                                tracing::warn!(error = %error, "a connection ended badly");
                            }
                            drop(place);
                        });
                    }
                    Ok(peer) => tracing::warn!(uid = peer.uid(), "a stranger was sent away"),
                    Err(error) => tracing::warn!(error = %error, "nobody knows who asks"),
                },
                Err(error) => {
                    tracing::warn!(error = %error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        let _ = std::fs::remove_file(&self.path);
    }

    fn lets(&self, uid: u32) -> bool {
        self.uids.contains(&uid) || crate::base::planted::is("signer-any-peer")
    }
}

async fn converse(mut stream: UnixStream, signing: Arc<Signing>) -> Result<(), Error> {
    while let Some(request) = receive::<Request>(&mut stream).await? {
        let signing = signing.clone();
        let answered = tokio::task::spawn_blocking(move || signing.answer(request)).await;
        send(&mut stream, &answered.map_err(Error::other)?).await?;
    }
    Ok(())
}
