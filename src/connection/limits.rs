//! What the server's CONNACK allows (MQTT 5 §3.2.2.3), with the specification's defaults.
//!
//! Must never live here: what we allow the server; that was said in our CONNECT.

use crate::codec::{EncodeError, Properties, Property, PropertyBuffer, PropertySet, QoS};
use crate::error::UsageError;

/// The server's limits and capabilities on this connection. In 3.1.1, and where the server is silent,
/// the defaults: everything is allowed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerLimits {
    /// Unacknowledged QoS 1 and 2 messages it takes at once (§3.2.2.3.3).
    pub receive_maximum: u16,
    /// The highest QoS it takes (§3.2.2.3.4).
    pub maximum_qos: QoS,
    /// Whether it takes retained messages (§3.2.2.3.5).
    pub retain_available: bool,
    /// The largest packet it takes, in bytes (§3.2.2.3.6).
    pub maximum_packet_size: Option<u32>,
    /// How many topic aliases it takes (§3.2.2.3.8).
    pub topic_alias_maximum: u16,
    /// Whether filters may have wildcards (§3.2.2.3.11).
    pub wildcard_subscription_available: bool,
    /// Whether subscriptions may have identifiers (§3.2.2.3.12).
    pub subscription_identifier_available: bool,
    /// Whether it has shared subscriptions (§3.2.2.3.13).
    pub shared_subscription_available: bool,
    /// The Keep Alive it imposes, in seconds (§3.2.2.3.14).
    pub server_keep_alive: Option<u16>,
    /// The Session Expiry Interval it imposes, in seconds (§3.2.2.3.2).
    pub session_expiry_interval: Option<u32>,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            receive_maximum: u16::MAX,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            maximum_packet_size: None,
            topic_alias_maximum: 0,
            wildcard_subscription_available: true,
            subscription_identifier_available: true,
            shared_subscription_available: true,
            server_keep_alive: None,
            session_expiry_interval: None,
        }
    }
}

impl ServerLimits {
    /// Reads the properties of a CONNACK.
    pub fn read(properties: Properties<'_>) -> Self {
        let mut limits = Self::default();
        for property in properties.iter() {
            match property {
                Property::ReceiveMaximum(n) => limits.receive_maximum = n,
                Property::MaximumQos(n) => {
                    limits.maximum_qos = QoS::from_bits(n).unwrap_or_default();
                }
                Property::RetainAvailable(n) => limits.retain_available = n != 0,
                Property::MaximumPacketSize(n) => limits.maximum_packet_size = Some(n),
                Property::TopicAliasMaximum(n) => limits.topic_alias_maximum = n,
                Property::WildcardSubscriptionAvailable(n) => {
                    limits.wildcard_subscription_available = n != 0;
                }
                Property::SubscriptionIdentifierAvailable(n) => {
                    limits.subscription_identifier_available = n != 0;
                }
                Property::SharedSubscriptionAvailable(n) => {
                    limits.shared_subscription_available = n != 0;
                }
                Property::ServerKeepAlive(n) => limits.server_keep_alive = Some(n),
                Property::SessionExpiryInterval(n) => limits.session_expiry_interval = Some(n),
                _ => {}
            }
        }
        limits
    }

    /// Whether a packet of `size` bytes may be sent `[MQTT-3.2.2-15]`.
    pub fn check_size(&self, size: usize) -> Result<(), UsageError> {
        match self.maximum_packet_size {
            Some(limit) if size as u64 > u64::from(limit) => {
                Err(UsageError::TooLarge { size, limit })
            }
            _ => Ok(()),
        }
    }

    /// `properties`, of which `size` tells how large a packet gets with them. Where that is more than the server takes,
    /// without the User Properties, and if need be without the Reason String: nothing depends on them
    /// `[MQTT-3.4.2-2]` `[MQTT-3.4.2-3]` `[MQTT-3.7.2-2]` `[MQTT-3.7.2-3]` `[MQTT-3.14.2-3]` `[MQTT-3.14.2-4]`
    /// `[MQTT-3.15.2-2]` `[MQTT-3.15.2-3]`.
    pub fn fitting(
        &self,
        set: PropertySet,
        properties: &[u8],
        size: &dyn Fn(Properties<'_>) -> Result<usize, EncodeError>,
    ) -> Result<PropertyBuffer, UsageError> {
        let all = Properties::parse(set, properties).map_err(UsageError::Properties)?;
        let mut level = 0;
        loop {
            let mut kept = PropertyBuffer::new();
            for property in all.iter() {
                let stays = match property {
                    Property::UserProperty(..) => level < 1,
                    Property::ReasonString(_) => level < 2,
                    _ => true,
                };
                if stays {
                    kept.push(property).map_err(UsageError::Encode)?;
                }
            }
            let fitting = kept.as_properties(set).map_err(UsageError::Properties)?;
            let size = size(fitting).map_err(UsageError::Encode)?;
            match self.check_size(size) {
                Err(_) if level < 2 => level += 1,
                checked => return checked.map(|()| kept),
            }
        }
    }
}
