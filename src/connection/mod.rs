//! What dies with the socket.
//!
//! | room | holds |
//! | --- | --- |
//! | [`limits`] | what the server's CONNACK allows |
//! | [`quota`] | Receive Maximum, in both directions |
//! | [`aliases`] | topic aliases the server has set |
//! | [`own_aliases`] | topic aliases we have set |
//! | [`acknowledgements`] | QoS 1 messages handed to the application and not yet acknowledged |
//! | [`requests`] | SUBSCRIBE and UNSUBSCRIBE waiting for their answer |
//! | [`keep_alive`] | when to ping, and when to give a silent server up |
//! | [`timers`] | the deadlines, one place for each kind |
//!
//! Must never live here: anything a saved session needs. A [`Connection`] is made anew for every
//! attempt, so nothing of an earlier one can be seen from a later one.

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

pub mod acknowledgements;
pub mod aliases;
pub mod keep_alive;
pub mod limits;
pub mod own_aliases;
pub mod quota;
pub mod requests;
pub mod timers;

use std::collections::VecDeque;

use crate::codec::{PacketId, Splitter};
use acknowledgements::Acknowledgements;
use aliases::InboundAliases;
use keep_alive::KeepAlive;
use limits::ServerLimits;
use own_aliases::OwnAliases;
use quota::{ReceiveQuota, SendQuota};
use requests::Requests;
use timers::Timers;

/// The state of one network connection.
#[derive(Debug)]
pub struct Connection {
    /// Cuts the byte stream into packets.
    pub splitter: Splitter,
    /// What the server allows.
    pub limits: ServerLimits,
    /// How many more QoS 1 and 2 messages may be sent now.
    pub send_quota: SendQuota,
    /// How many more QoS 1 and 2 messages the server may send now, in 3.1.1 of QoS 2.
    pub receive_quota: ReceiveQuota,
    /// Topic aliases the server has set.
    pub aliases: InboundAliases,
    /// Topic aliases we have set.
    pub own_aliases: OwnAliases,
    /// QoS 1 messages handed to the application.
    pub acknowledgements: Acknowledgements,
    /// SUBSCRIBE and UNSUBSCRIBE under way.
    pub requests: Requests,
    /// When to ping.
    pub keep_alive: KeepAlive,
    /// Deadlines.
    pub timers: Timers,
    /// PUBLISHes to be sent again that the quota has not let through yet, in order.
    pub replay: VecDeque<PacketId>,
    /// The place in the order of sending that had been reached when the session was resumed: what is
    /// before it was sent on an earlier connection, and has DUP on this one.
    pub resumed_at: u64,
    /// Bytes that came while the application's `connected` handlers were running.
    pub held: Vec<u8>,
    /// The place in the order of sending that had been reached at the last republish round (3.1.1).
    pub republish_mark: u64,
    /// What an enhanced authentication begins with (MQTT 5 §4.12).
    pub authentication_data: Option<Vec<u8>>,
    /// Encoded User Properties of this CONNECT alone.
    pub user_properties: Vec<u8>,
    /// An authentication that was begun on the live connection is not over.
    pub reauthenticating: bool,
    /// Whether CONNECT asked for a clean start.
    pub clean_start: bool,
    /// The Session Present flag of the CONNACK.
    pub session_present: bool,
    /// Whether we hold the session the CONNACK spoke of: at CONNACK, or restored by a handler since.
    pub held_here: bool,
    /// Whether what the CONNACK said of the session has still to be acted on.
    pub unsettled: bool,
}

impl Connection {
    /// A connection on which nothing has been sent. `maximum_packet_size` is what this client accepts,
    /// in bytes; `receive_maximum` how many unacknowledged QoS 1 and 2 messages; `alias_maximum` how
    /// many topic aliases.
    pub fn new(maximum_packet_size: u32, receive_maximum: u16, alias_maximum: u16) -> Self {
        Self {
            splitter: Splitter::new(maximum_packet_size),
            limits: ServerLimits::default(),
            send_quota: SendQuota::default(),
            receive_quota: ReceiveQuota::new(receive_maximum),
            aliases: InboundAliases::new(alias_maximum),
            own_aliases: OwnAliases::default(),
            acknowledgements: Acknowledgements::default(),
            requests: Requests::default(),
            keep_alive: KeepAlive::default(),
            timers: Timers::default(),
            replay: VecDeque::new(),
            resumed_at: 0,
            held: Vec::new(),
            republish_mark: 0,
            authentication_data: None,
            user_properties: Vec::new(),
            reauthenticating: false,
            clean_start: false,
            session_present: false,
            held_here: false,
            unsettled: false,
        }
    }

    /// Another one takes the place of this one. The requests go along with it: what becomes of them is for the client to say.
    pub fn give_way_to(&mut self, mut next: Self) {
        std::mem::swap(&mut next.requests, &mut self.requests);
        *self = next;
    }
}
