//! Topic aliases the server has set on this connection (MQTT 5 §3.3.2.3.4).
//!
//! Must never live here: aliases of our own (`own_aliases`), or anything that outlives the connection: an alias means
//! nothing on the next one.

use crate::codec::ReasonCode;
use std::rc::Rc;

/// The server's aliases, by number; as many as it used, at most as many as we allowed.
#[derive(Clone, Debug, Default)]
pub struct InboundAliases {
    topics: Vec<Option<Rc<str>>>,
    maximum: u16,
}

impl InboundAliases {
    /// Allows aliases 1 to `maximum`.
    pub fn new(maximum: u16) -> Self {
        Self {
            topics: Vec::new(),
            maximum,
        }
    }

    /// The topic of a PUBLISH that has the alias `alias`: with a topic it sets the alias, without one
    /// it uses it. Errors are the reason codes MQTT gives for them.
    pub fn resolve(&mut self, alias: u16, topic: &str) -> Result<Rc<str>, ReasonCode> {
        if alias == 0 || alias > self.maximum {
            return Err(ReasonCode::TOPIC_ALIAS_INVALID);
        }
        let index = usize::from(alias) - 1;
        if topic.is_empty() {
            return match self.topics.get(index) {
                Some(Some(known)) => Ok(Rc::clone(known)),
                _ => Err(ReasonCode::PROTOCOL_ERROR),
            };
        }
        while self.topics.len() <= index {
            self.topics.push(None);
        }
        let topic: Rc<str> = topic.into();
        if let Some(place) = self.topics.get_mut(index) {
            *place = Some(Rc::clone(&topic));
        }
        Ok(topic)
    }
}
