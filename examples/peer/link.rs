//! The socket: plain TCP, or WebSocket. One thread opens it and reads; what it finds comes through the channel that
//! everything else comes through, too. Must never live here: MQTT.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use tungstenite::client::ClientRequestBuilder;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket, client};

/// How long a peer that reads nothing may hold up a write.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a server is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Address {
    /// `HOST:PORT`
    Tcp(String),
    /// `ws://HOST:PORT/PATH`
    WebSocket { host: String, url: String },
}

impl Address {
    /// Reads `HOST:PORT`, `mqtt://HOST:PORT` or `ws://HOST:PORT/PATH`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no address: HOST:PORT, or ws://HOST:PORT/PATH");
        let (scheme, rest) = text.split_once("://").unwrap_or(("mqtt", text));
        let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
        let port = host.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(1..))) || host.starts_with(':') {
            return Err(wrong());
        }
        match scheme {
            "mqtt" if host.len() == rest.trim_end_matches('/').len() => Ok(Self::Tcp(host.into())),
            "ws" => Ok(Self::WebSocket {
                host: host.into(),
                url: text.into(),
            }),
            _ => Err(wrong()),
        }
    }

    /// As it is written.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Tcp(host) => host,
            Self::WebSocket { url, .. } => url,
        }
    }
}

/// What a socket has to say.
pub(crate) enum News {
    /// It is open, and this is where to write.
    Opened(Link),
    /// Bytes came, of one WebSocket message or one read.
    Bytes(Vec<u8>),
    /// A WebSocket text message came.
    Text,
    /// The WebSocket layer has something to answer.
    Answer(Vec<u8>),
    /// It is closed, with the WebSocket close code if there was one; or it could not be opened: why.
    Closed(Option<u16>, Option<String>),
}

/// The writing half of a socket.
pub(crate) enum Link {
    Tcp(TcpStream),
    WebSocket {
        socket: Box<WebSocket<TcpStream>>,
        closing: bool,
    },
}

impl Link {
    /// Sends all of `bytes`, as one WebSocket message if it is one.
    pub(crate) fn send(&mut self, bytes: Vec<u8>) -> bool {
        match self {
            Self::Tcp(stream) => stream.write_all(&bytes).is_ok(),
            Self::WebSocket { socket, closing } => {
                !*closing && socket.send(Message::Binary(bytes.into())).is_ok()
            }
        }
    }

    /// What the WebSocket layer answers by itself; nothing follows a closing handshake.
    pub(crate) fn answer(&mut self, bytes: &[u8]) {
        if let Self::WebSocket { socket, closing } = self
            && !*closing
        {
            // A socket that takes no more is about to tell its end.
            drop(socket.get_mut().write_all(bytes));
        }
    }

    /// Closes in order: nothing more is sent, what comes is still read.
    pub(crate) fn close(&mut self) {
        match self {
            Self::Tcp(stream) => drop(stream.shutdown(Shutdown::Write)),
            Self::WebSocket { socket, closing } => {
                if !std::mem::replace(closing, true) {
                    drop(socket.close(None).and_then(|()| socket.flush()));
                }
            }
        }
    }
}

impl Drop for Link {
    /// Ends the reading thread, too.
    fn drop(&mut self) {
        let stream = match self {
            Self::Tcp(stream) => stream,
            Self::WebSocket { socket, .. } => socket.get_mut(),
        };
        drop(stream.shutdown(Shutdown::Both));
    }
}

/// Opens a socket to `address`, and reads it to its end. Whatever it has to say is sent with `number`.
pub(crate) fn open<T: Send + 'static>(
    address: Address,
    number: u64,
    tell: Sender<T>,
    wrap: fn(u64, News) -> T,
) {
    thread::spawn(move || {
        // Where nobody listens any more, the driver is gone.
        let tell = move |news| drop(tell.send(wrap(number, news)));
        let end = match address {
            Address::Tcp(host) => read_tcp(&host, &tell),
            Address::WebSocket { host, url } => read_websocket(&host, &url, &tell),
        };
        tell(match end {
            Ok(code) => News::Closed(code, None),
            Err(error) => News::Closed(None, Some(error)),
        });
    });
}

fn connect(host: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(host)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    Ok(stream)
}

fn read_tcp(host: &str, tell: &impl Fn(News)) -> Result<Option<u16>, String> {
    let mut stream = connect(host).map_err(|error| error.to_string())?;
    let writing = stream.try_clone().map_err(|error| error.to_string())?;
    tell(News::Opened(Link::Tcp(writing)));
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return Ok(None),
            Ok(length) => tell(News::Bytes(buffer[..length].to_vec())),
        }
    }
}

fn read_websocket(host: &str, url: &str, tell: &impl Fn(News)) -> Result<Option<u16>, String> {
    let stream = connect(host).map_err(|error| error.to_string())?;
    let writing = stream.try_clone().map_err(|error| error.to_string())?;
    let address = url.parse().map_err(|error| format!("{url}: {error}"))?;
    let request = ClientRequestBuilder::new(address).with_sub_protocol("mqtt");
    let reading = Reading {
        stream,
        answers: None,
    };
    let (mut socket, _) = client(request, reading).map_err(|error| error.to_string())?;
    socket.get_mut().answers = Some(Vec::new());
    tell(News::Opened(Link::WebSocket {
        socket: Box::new(WebSocket::from_raw_socket(writing, Role::Client, None)),
        closing: false,
    }));
    let mut code = None;
    loop {
        let message = socket.read();
        // Into `answers`, which takes everything.
        drop(socket.flush());
        if let Some(answer) = &mut socket.get_mut().answers
            && !answer.is_empty()
        {
            tell(News::Answer(std::mem::take(answer)));
        }
        match message {
            Ok(Message::Binary(bytes)) => tell(News::Bytes(bytes.into())),
            Ok(Message::Text(_)) => tell(News::Text),
            Ok(Message::Close(frame)) => {
                code = frame.map(|frame| frame.code.into());
            }
            Ok(_) => {}
            Err(_) => return Ok(code),
        }
    }
}

/// The reading half. What tungstenite answers by itself (PONG, the closing handshake) is kept for whoever writes.
struct Reading {
    stream: TcpStream,
    answers: Option<Vec<u8>>,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Reading {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.answers {
            None => self.stream.write(bytes),
            Some(answers) => {
                answers.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
