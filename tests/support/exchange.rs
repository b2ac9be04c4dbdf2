//! A client and a server that prove to each other who they are (MQTT 5 §4.12); the server is the test, packet for
//! packet.

use mqtt_mooring::client::config::Config;
use mqtt_mooring::client::output::{Disconnected, Event, Output};
use mqtt_mooring::client::{Client, Credentials, State};
use mqtt_mooring::codec::{Auth, ConnAck, Packet, Property, PropertySet, ReasonCode, Version};

use super::make::{START, config, encoded, properties};
use super::wire::{Pieces, decode, encode, name};

/// The Authentication Method.
pub(crate) const METHOD: &str = "SCRAM-SHA-256";

/// The client, and what left it.
pub(crate) struct Exchange {
    pub(crate) client: Client,
    pub(crate) config: Config,
    pub(crate) now: u64,
    /// What left, packet by packet, since it was last asked.
    pub(crate) left: Vec<Vec<u8>>,
    pub(crate) events: Vec<Event>,
    pieces: Pieces,
}

impl Exchange {
    pub(crate) fn new() -> Self {
        Self {
            client: Client::new(1),
            config: Config {
                authentication: Some(METHOD.into()),
                ..config(Version::V5)
            },
            now: START,
            left: Vec::new(),
            events: Vec::new(),
            pieces: Pieces::default(),
        }
    }

    /// CONNECT was sent, with this data.
    pub(crate) fn begun(data: Option<&[u8]>) -> Self {
        let mut exchange = Self::new();
        exchange.begin(data);
        exchange
    }

    /// The server has let the client in.
    pub(crate) fn accepted() -> Self {
        let mut exchange = Self::begun(None);
        exchange.feed(&connack(&[Property::AuthenticationMethod(METHOD)]));
        assert_eq!(exchange.client.state(), State::Connected);
        exchange.left.clear();
        exchange
    }

    pub(crate) fn begin(&mut self, data: Option<&[u8]>) {
        let config = self.config.clone();
        self.client.connect(config, self.now).expect("accepted");
        self.drain();
        self.client.prepare(Credentials {
            authentication_data: data.map(Into::into),
            ..Credentials::default()
        });
        self.open();
    }

    pub(crate) fn open(&mut self) {
        self.pieces = Pieces::default();
        self.client.handle_opened(self.now);
        self.drain();
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.client.handle_bytes(bytes, self.now);
        self.drain();
    }

    pub(crate) fn answer(&mut self, data: Option<&[u8]>) {
        self.client.authenticate(data, &[], self.now);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Event(event) => {
                    let connected = matches!(event, Event::Connected(_));
                    self.events.push(event);
                    if connected {
                        self.client.connected_handlers_settled(self.now);
                    }
                }
                Output::Transmit(bytes) => self.left.extend(self.pieces.split(&bytes)),
                Output::Close => self.client.handle_closed(None, self.now),
                _ => {}
            }
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let packets = self.left.iter();
        packets.map(|bytes| name(Version::V5, bytes)).collect()
    }

    /// Reason, method and data of the last packet, which is an AUTH.
    pub(crate) fn said(&self) -> (ReasonCode, String, Option<Vec<u8>>) {
        let last = self.left.last().expect("a packet");
        decode(Version::V5, last, |packet| {
            let Packet::Auth(auth) = packet else {
                panic!("{packet:?}");
            };
            let mut method = String::new();
            let mut data = None;
            for property in auth.properties.iter() {
                match property {
                    Property::AuthenticationMethod(it) => method = it.into(),
                    Property::AuthenticationData(it) => data = Some(it.to_vec()),
                    other => panic!("{other:?}"),
                }
            }
            (auth.reason, method, data)
        })
    }

    pub(crate) fn challenges(&self) -> Vec<&[u8]> {
        let all = self.events.iter().filter_map(|event| match event {
            Event::Challenge { data, .. } => Some(&**data),
            _ => None,
        });
        all.collect()
    }

    pub(crate) fn end(&self) -> &Disconnected {
        let last = self.events.iter().rev().find_map(|event| match event {
            Event::Disconnected(end) => Some(&**end),
            _ => None,
        });
        last.expect("an end")
    }

    /// The reason code of our DISCONNECT.
    pub(crate) fn disconnect(&self) -> Option<ReasonCode> {
        let last = self.left.last()?;
        decode(Version::V5, last, |packet| match packet {
            Packet::Disconnect(it) => Some(it.reason),
            _ => None,
        })
    }
}

pub(crate) fn connack(list: &[Property<'_>]) -> Vec<u8> {
    let bytes = encoded(list);
    encode(
        Version::V5,
        &Packet::ConnAck(ConnAck {
            session_present: false,
            reason: ReasonCode::SUCCESS,
            properties: properties(PropertySet::ConnAck, &bytes),
        }),
    )
}

pub(crate) fn auth_by(reason: ReasonCode, list: &[Property<'_>]) -> Vec<u8> {
    let bytes = encoded(list);
    encode(
        Version::V5,
        &Packet::Auth(Auth {
            reason,
            properties: properties(PropertySet::Auth, &bytes),
        }),
    )
}

pub(crate) fn auth(reason: ReasonCode, data: &[u8]) -> Vec<u8> {
    let method = Property::AuthenticationMethod(METHOD);
    auth_by(reason, &[method, Property::AuthenticationData(data)])
}
