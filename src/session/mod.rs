//! What survives a connection: the session state of MQTT (5 §4.1, 3.1.1 §3.1.2.4), client side.
//!
//! | room | holds |
//! | --- | --- |
//! | [`message`] | an application message, owned |
//! | [`packet_ids`] | which packet identifiers are in use |
//! | [`outbound`] | the outbox, and QoS 1 and 2 messages on their way to the server |
//! | [`inbound`] | QoS 2 messages on their way from the server |
//! | [`subscriptions`] | the filters the server holds for us |
//! | [`snapshot`] | all of it as one string, and back |
//! | [`journal`] | all of it as records, of which only those that changed are written, and back |
//! | `fields`, `record`, `envelope`, `checksum` | what stored forms are made of |
//! | `touched` | the thread from the state to its journal |
//!
//! Must never live here: anything that dies with the socket. Topic aliases, quotas and timers are
//! `connection`'s; directories encode lifetimes, so that none of them can leak into a saved session.

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod checksum;
mod envelope;
mod fields;
pub mod inbound;
pub mod journal;
pub mod message;
pub mod outbound;
pub mod packet_ids;
mod record;
pub mod snapshot;
mod snapshot_error;
pub mod subscriptions;
mod touched;

use crate::codec::{PacketId, Version};
use inbound::{Inbound, Incoming};
use outbound::{Outbound, Outgoing, Queued};
use packet_ids::PacketIds;
use subscriptions::Subscriptions;

/// The session state of one client identifier.
#[derive(Debug)]
pub struct Session {
    /// Under which protocol version the server knows it.
    pub version: Version,
    /// Whose it is. Empty until the server or the caller has named it.
    pub client_id: String,
    /// Tells this session from every other, also from another one of the same client identifier.
    pub uid: u64,
    /// Whether the server may hold the other half of it: a CONNACK began it, or it was restored from a
    /// session that was.
    pub established: bool,
    /// What is held here is of a session before the one that the server has begun, or will, and has still to be acted on.
    pub lost: bool,
    /// The server holds none of [`Self::subscriptions`]: they went with a session it lost, and are to be made again.
    pub resubscribe: bool,
    /// What [`Self::revision`] counts on from.
    pub base_revision: u64,
    /// How long the server keeps it after a disconnection, in seconds (MQTT 5; 0 in 3.1.1). Until a CONNACK has
    /// said: for ever, for nothing is known that could end it.
    pub expiry_interval: u32,
    /// When the last connection ended, in milliseconds since the Unix epoch; `None` while one is up.
    pub disconnected_at: Option<u64>,
    /// Packet identifiers in use.
    pub ids: PacketIds,
    /// Messages towards the server.
    pub outbound: Outbound,
    /// QoS 2 messages from the server.
    pub inbound: Inbound,
    /// The filters the server holds for us.
    pub subscriptions: Subscriptions,
}

/// What was in a session when it ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// Handshakes towards the server, in the order their messages were accepted.
    pub in_flight: Vec<(PacketId, Outgoing)>,
    /// Messages accepted and never sent, in order.
    pub queued: Vec<Queued>,
    /// Half-received messages, in the order of receiving.
    pub incoming: Vec<(PacketId, Incoming)>,
    /// The filters the server held.
    pub subscriptions: Subscriptions,
}

impl Session {
    /// An empty session that no server knows of.
    pub fn new(version: Version, client_id: &str, uid: u64) -> Self {
        Self {
            version,
            client_id: client_id.into(),
            uid,
            established: false,
            lost: false,
            resubscribe: false,
            base_revision: 0,
            expiry_interval: match version {
                Version::V311 => 0,
                Version::V5 => u32::MAX,
            },
            disconnected_at: None,
            ids: PacketIds::default(),
            outbound: Outbound::default(),
            inbound: Inbound::default(),
            subscriptions: Subscriptions::default(),
        }
    }

    /// Ends the session: clears all state the server held the other half of, and of the outbox what
    /// was accepted before the message number `before`. Everything cleared is returned, so that
    /// nothing disappears unreported.
    pub fn end(&mut self, before: u64) -> Ended {
        let in_flight = self.outbound.take_in_flight();
        for (id, _) in &in_flight {
            self.ids.release(*id);
        }
        self.established = false;
        self.lost = false;
        self.resubscribe = false;
        Ended {
            in_flight,
            queued: self.outbound.take_queued_before(before),
            incoming: self.inbound.take(),
            subscriptions: self.subscriptions.take(),
        }
    }

    /// Takes over what the server held for the session that this new one takes the place of. It holds none of that here, which
    /// is acted on when a server has begun this session.
    pub fn succeed(&mut self, subscriptions: Subscriptions) {
        self.lost = subscriptions.iter().len() > 0;
        self.subscriptions = subscriptions;
    }

    /// Whether there is any unfinished message, in either direction.
    pub fn holds_messages(&self) -> bool {
        let outgoing = self.outbound.in_flight().len() + self.outbound.outbox().len();
        outgoing + self.inbound.held().len() > 0
    }

    /// From here on every change is kept for a journal to look at.
    pub fn follow(&mut self) {
        self.outbound.follow();
        self.inbound.follow();
        self.subscriptions.follow();
    }

    /// Counts every change of a message in the session, in either direction, over all saves: of two
    /// states of one session, the one with the higher number is the later.
    pub fn revision(&self) -> u64 {
        self.base_revision
            .saturating_add(self.outbound.changes())
            .saturating_add(self.inbound.changes())
    }

    /// Whether `earlier` is this very session, at the same moment or before, leaving aside the latest
    /// `uncounted` changes here.
    pub fn is_later_than(&self, earlier: &Session, uncounted: u64) -> bool {
        let revision = self.revision().saturating_sub(uncounted);
        self.uid == earlier.uid && revision >= earlier.revision()
    }

    /// Replaces this session by `restored`. A message that both hold keeps its caller; what only this
    /// one held is returned.
    pub fn replace(&mut self, restored: Session) -> Ended {
        let mut earlier = std::mem::replace(self, restored);
        self.inbound.number_from(&earlier.inbound);
        if earlier.uid == self.uid {
            self.outbound.adopt_callers(&mut earlier.outbound);
            // What both hold goes on; an identifier may have come to stand for another message since.
            for (id, incoming) in self.inbound.held() {
                earlier.inbound.forget(id, &incoming.message);
            }
        }
        earlier.end(u64::MAX)
    }

    /// The bytes of all messages held, in both directions.
    pub fn bytes(&self) -> usize {
        let mut bytes = self.outbound.outbox_bytes();
        for (_, outgoing) in self.outbound.in_flight() {
            bytes += outgoing.message.size();
        }
        for (_, incoming) in self.inbound.held() {
            bytes += incoming.message.size();
        }
        bytes
    }
}
