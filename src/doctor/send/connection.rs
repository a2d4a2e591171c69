//! From a name to a connection.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
};

use super::{journey::Told, step::StepError, target::Target};
use crate::terminal::listed;

/// The most addresses that are tried.
const MOST_ADDRESSES: usize = 8;

/// The addresses of the target's host.
pub(super) fn resolve(target: &Target) -> Result<Told<Vec<SocketAddr>>, StepError> {
    let host = target.host();
    let found = (host, target.port())
        .to_socket_addrs()
        .map_err(|source| StepError::Resolve { host: host.to_owned(), source })?;
    let mut addresses: Vec<SocketAddr> = found.collect();
    addresses.dedup();
    addresses.truncate(MOST_ADDRESSES);
    if addresses.is_empty() {
        return Err(StepError::NoAddress(host.to_owned()));
    }
    let detail = format!("`{}` is {}", host.escape_debug(), listed(addresses.iter().map(SocketAddr::ip)));
    Ok(Told { value: addresses, detail })
}

/// A connection to the first address that takes one.
pub(super) fn connect(target: &Target, addresses: &[SocketAddr]) -> Result<Told<TcpStream>, StepError> {
    let mut failure = None;
    for &address in addresses {
        let connected = TcpStream::connect_timeout(&address, target.timeout).and_then(|stream| {
            stream.set_read_timeout(Some(target.timeout))?;
            stream.set_write_timeout(Some(target.timeout))?;
            stream.set_nodelay(true)?;
            Ok(stream)
        });
        match connected {
            Ok(stream) => return Ok(Told { value: stream, detail: address.to_string() }),
            Err(source) => failure = Some(StepError::Connect { address, source }),
        }
    }
    Err(failure.unwrap_or_else(|| StepError::NoAddress(target.host().to_owned())))
}

/// A connection, with TLS or without.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Stream {
    /// From now on, what cannot be done at once fails with [`io::ErrorKind::WouldBlock`].
    pub(super) fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.set_nonblocking(true),
            Self::Tls(stream) => stream.sock.set_nonblocking(true),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
