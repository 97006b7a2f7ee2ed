//! The bytes between a session and its server.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use super::options::{ConnectOptions, Host, TlsMode};
use super::tls::{self, TlsStream};

/// How long a server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a wait for the server looks up, for a signal or a deadline.
pub(super) const LOOK_UP: Duration = Duration::from_millis(50);

pub(super) enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream>),
    #[cfg(unix)]
    Local(UnixStream),
}

impl Stream {
    /// Connects, and encrypts the stream where that is wanted.
    pub(super) fn connect(options: &ConnectOptions) -> Result<Self, String> {
        match &options.host {
            Host::Folder(folder) => local(folder, options.port),
            Host::Network(name) => {
                let stream = network(name, options.port).map_err(|error| error.to_string())?;
                stream.set_nodelay(true).map_err(|error| error.to_string())?;
                let stream = upgrade(stream, name, options)?;
                stream.look_up_while_reading().map_err(|error| error.to_string())?;
                Ok(stream)
            }
        }
    }

    /// Lets a read return now and then without an answer.
    fn look_up_while_reading(&self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.set_read_timeout(Some(LOOK_UP)),
            Self::Encrypted(stream) => stream.sock.set_read_timeout(Some(LOOK_UP)),
            #[cfg(unix)]
            Self::Local(stream) => stream.set_read_timeout(Some(LOOK_UP)),
        }
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes),
            Self::Encrypted(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            #[cfg(unix)]
            Self::Local(stream) => stream.write_all(bytes),
        }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Encrypted(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Local(stream) => stream.read(buffer),
        }
    }
}

#[cfg(unix)]
fn local(folder: &std::path::Path, port: u16) -> Result<Stream, String> {
    let path = folder.join(format!(".s.PGSQL.{port}"));
    let stream = UnixStream::connect(path).map_err(|error| error.to_string())?;
    let stream = Stream::Local(stream);
    stream.look_up_while_reading().map_err(|error| error.to_string())?;
    Ok(stream)
}

#[cfg(not(unix))]
fn local(_folder: &std::path::Path, _port: u16) -> Result<Stream, String> {
    Err("there are no Unix sockets here".to_owned())
}

/// Connects to the first address of a host that answers.
fn network(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Asks the server for encryption.
/// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>
fn upgrade(mut stream: TcpStream, host: &str, options: &ConnectOptions) -> Result<Stream, String> {
    if options.tls == TlsMode::Disable {
        return Ok(Stream::Plain(stream));
    }
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
    let mut answer = [0];
    stream
        .write_all(&request)
        .and_then(|()| stream.read_exact(&mut answer))
        .map_err(|error| error.to_string())?;
    match answer {
        [b'S'] => {
            let certificates = options.root_certificates.as_deref();
            let encrypted = tls::encrypt(stream, host, options.tls, certificates)?;
            Ok(Stream::Encrypted(Box::new(encrypted)))
        }
        [b'N'] if options.tls == TlsMode::Prefer => Ok(Stream::Plain(stream)),
        [b'N'] => Err("the server does not encrypt sessions, which sslmode asks for".to_owned()),
        _ => Err("it does not speak PostgreSQL's protocol".to_owned()),
    }
}
