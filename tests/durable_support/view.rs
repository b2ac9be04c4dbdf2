//! What a session holds, in a form that can be compared.

use std::collections::BTreeMap;

use mqtt_mooring::client::Client;
use mqtt_mooring::session::message::Message;
use mqtt_mooring::session::outbound::OutgoingStage;

/// How far a message to the server is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Flight {
    /// PUBLISH is to be sent, or sent again.
    Unconfirmed,
    /// PUBREL is.
    Released,
    /// Nothing is; the identifier is kept.
    Abandoned,
}

/// What is told of a message by its parts that matter.
pub(crate) type Told = (String, Vec<u8>, Option<String>, Option<u64>);

/// A session without what storage need not know: whether a packet has gone out on this connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct View {
    /// By packet identifier.
    pub(crate) in_flight: BTreeMap<u16, (Flight, Told)>,
    /// In the order of sending, of what is in flight.
    pub(crate) resend_order: Vec<String>,
    /// In order.
    pub(crate) outbox: Vec<Told>,
    /// By packet identifier.
    pub(crate) incoming: BTreeMap<u16, Told>,
    pub(crate) subscriptions: Vec<String>,
}

impl View {
    /// What `client` holds now.
    pub(crate) fn of(client: &Client) -> Self {
        let stage = |stage| match stage {
            OutgoingStage::AwaitingPubAck | OutgoingStage::AwaitingPubRec => Flight::Unconfirmed,
            OutgoingStage::PubRecReceived | OutgoingStage::AwaitingPubComp => Flight::Released,
            OutgoingStage::Abandoned => Flight::Abandoned,
        };
        let mut order: Vec<(u64, String)> = client
            .in_flight()
            .filter(|(_, outgoing)| stage(outgoing.stage) == Flight::Unconfirmed)
            .map(|(_, outgoing)| (outgoing.order, outgoing.message.topic.to_string()))
            .collect();
        order.sort();
        Self {
            in_flight: client
                .in_flight()
                .map(|(id, o)| (id.get(), (stage(o.stage), told(&o.message))))
                .collect(),
            resend_order: order.into_iter().map(|(_, topic)| topic).collect(),
            outbox: client.outbox().map(|q| told(&q.message)).collect(),
            incoming: client
                .incoming()
                .map(|(id, i)| (id.get(), told(&i.message)))
                .collect(),
            subscriptions: client.subscriptions().map(Into::into).collect(),
        }
    }

    /// Whether a message to the server with this topic is held, at whatever stage.
    pub(crate) fn sends(&self, topic: &str) -> bool {
        self.in_flight.values().any(|(_, (t, ..))| t == topic)
            || self.outbox.iter().any(|(t, ..)| t == topic)
    }

    /// How far the message with this topic is in flight, and under which identifier.
    pub(crate) fn flight(&self, topic: &str) -> Option<(u16, Flight)> {
        let mut all = self.in_flight.iter();
        all.find(|(_, (_, (t, ..)))| t == topic)
            .map(|(id, (flight, _))| (*id, *flight))
    }

    /// Whether a half-received message with this topic is held.
    pub(crate) fn receives(&self, topic: &str) -> bool {
        self.incoming.values().any(|(t, ..)| t == topic)
    }
}

fn told(message: &Message) -> Told {
    (
        message.topic.to_string(),
        message.payload.to_vec(),
        message.key.as_deref().map(Into::into),
        message.expires_at,
    )
}
