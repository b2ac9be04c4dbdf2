//! An application message as the session owns it.
//!
//! Lives here: the owned form of a PUBLISH that outlives the packet it came in or will leave in.
//! Must never live here: packet ids, stages or topic aliases; those belong to the handshake a message
//! is in, or to a connection.

use crate::codec::{Properties, Property, PropertySet, QoS};

/// How many bytes a Message Expiry Interval takes.
const EXPIRY: usize = 5;

/// An application message with its full topic, independent of any connection.
///
/// `properties` are encoded MQTT 5 PUBLISH properties without the length prefix, and without
/// Message Expiry Interval and Topic Alias: the first is kept as a point in time, the second dies
/// with its connection. Empty in 3.1.1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// The application's own name for it, which the peer never sees.
    pub key: Option<Box<str>>,
    /// The full topic name, never empty.
    pub topic: Box<str>,
    /// The application's bytes.
    pub payload: Box<[u8]>,
    /// At which QoS it is published.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// Encoded properties, see the type's description.
    pub properties: Box<[u8]>,
    /// When it expires, in milliseconds since the Unix epoch (Message Expiry Interval, MQTT 5 §3.3.2.3.3).
    pub expires_at: Option<u64>,
}

impl Message {
    /// Whether the message's expiry has passed at `now`.
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// How much it weighs in memory and in a record: key, topic, payload and properties, in bytes.
    pub fn size(&self) -> usize {
        let key = self.key.as_ref().map_or(0, |key| key.len());
        key + self.topic.len() + self.payload.len() + self.properties.len()
    }

    /// The property bytes to send at `now`: those stored, plus what is left of the expiry, in whole
    /// seconds rounded up and never 0, which some servers read as "never": a QoS 2 message that was
    /// sent once is sent again also after its time `[MQTT-4.3.3-7]`.
    pub fn properties_at(&self, now: u64) -> Vec<u8> {
        let mut bytes = self.properties.to_vec();
        if let Some(at) = self.expires_at {
            let seconds = at.saturating_sub(now).div_ceil(1000).max(1);
            let left = u32::try_from(seconds).unwrap_or(u32::MAX);
            append(Property::MessageExpiryInterval(left), &mut bytes);
        }
        bytes
    }

    /// How many bytes [`Self::properties_at`] gives, at whatever time.
    pub fn properties_len(&self) -> usize {
        self.properties.len() + self.expires_at.map_or(0, |_| EXPIRY)
    }

    /// Splits validated PUBLISH properties into what a message stores and its expiry at `now`.
    pub fn stored_properties(properties: Properties<'_>, now: u64) -> (Box<[u8]>, Option<u64>) {
        let mut stored = Vec::with_capacity(properties.as_bytes().len());
        let mut expires_at = None;
        for property in properties.iter() {
            match property {
                Property::MessageExpiryInterval(seconds) => {
                    expires_at = Some(now.saturating_add(u64::from(seconds) * 1000));
                }
                Property::TopicAlias(_) => {}
                other => append(other, &mut stored),
            }
        }
        (stored.into(), expires_at)
    }

    /// Lets go of the payload and the properties, which nobody needs once the receiver has taken
    /// ownership (PUBREC); topic and key stay, so that the message can still be named.
    pub fn drop_body(&mut self) {
        self.payload = Box::default();
        self.properties = Box::default();
        self.expires_at = None;
    }

    /// The stored properties, validated. They were validated on the way in; should they ever not be,
    /// the message goes without.
    pub fn stored(&self) -> Properties<'_> {
        Properties::parse(PropertySet::Publish, &self.properties).unwrap_or_default()
    }
}

/// Appends a property that is known to have an encoding: it was decoded, or it is a number.
fn append(property: Property<'_>, out: &mut Vec<u8>) {
    let encoded = property.encode(out);
    debug_assert!(encoded.is_ok(), "a decoded property: {encoded:?}");
}
