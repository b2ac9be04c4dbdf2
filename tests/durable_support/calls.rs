//! What the application, the server's other clients and fate do to a page.

use mqtt_mooring::client::{DisconnectOptions, PublishRequest};
use mqtt_mooring::codec::{PacketType, QoS, SubscriptionOptions};
use mqtt_mooring::error::UsageError;
use mqtt_mooring::session::outbound::Token;

use super::view::View;
use super::world::{Step, World};
use crate::support::{ID, ToClient, decode};

impl World {
    /// Publishes a message of its own topic, with a key for every second one.
    pub(crate) fn publish(&mut self, qos: QoS, filler: usize, properties: &[u8]) -> Step<Token> {
        let token = self.accept(qos, filler, properties);
        self.drain(&[])?;
        Ok(token)
    }

    /// As [`Self::publish`], and nothing is done about it yet: the turn goes on.
    pub(crate) fn accept(&mut self, qos: QoS, filler: usize, properties: &[u8]) -> Token {
        let token = self.accept_if_room(qos, filler, properties);
        token.unwrap_or_else(|| panic!("there is room{}", self.story()))
    }

    /// As [`Self::accept`]; `None`: it was refused, because as many wait as may, and what may have arrived does
    /// not give way.
    pub(crate) fn accept_if_room(
        &mut self,
        qos: QoS,
        filler: usize,
        properties: &[u8],
    ) -> Option<Token> {
        let (topic, payload) = self.book.draft(filler);
        let number = self.book.sent.len();
        let key = number.is_multiple_of(2).then(|| format!("key-{number}"));
        let request = PublishRequest {
            topic: &topic,
            payload: &payload,
            qos,
            retain: false,
            properties,
            key: key.as_deref(),
        };
        let (stuck, waiting) = (self.is_stuck(), self.waiting());
        let token = match self.client.publish(request, self.now) {
            Ok(token) => token,
            Err(UsageError::OutboxFull { .. }) if stuck => {
                assert_eq!(self.waiting(), waiting, "given up for nothing");
                return None;
            }
            Err(error) => panic!("{topic} not accepted: {error}{}", self.story()),
        };
        // One of QoS 0 need not wait.
        assert!(!stuck || qos == QoS::AtMostOnce, "{topic} on top");
        let entry = self.book.entry(&topic, &payload, qos, key);
        self.book.accepted(token, entry);
        Some(token)
    }

    /// Whether as many messages as may wait were sent before.
    fn is_stuck(&self) -> bool {
        for queued in self.client.outbox() {
            let topic = &queued.message.topic;
            let sent = self.rules.has_sent(topic);
            assert!(queued.was_sent || !sent, "{topic} was sent{}", self.story());
        }
        let kept = self.client.outbox().filter(|queued| queued.was_sent);
        self.book.room.is_some_and(|room| kept.count() >= room)
    }

    /// How many messages wait.
    fn waiting(&self) -> usize {
        self.client.outbox().len() + self.client.passing().len()
    }

    /// Publishes several in one turn.
    pub(crate) fn publish_many(&mut self, qos: QoS, count: usize) -> Step {
        for _ in 0..count {
            self.accept(qos, 40, &[]);
        }
        self.drain(&[])
    }

    /// Publishes; nobody dies.
    pub(crate) fn send(&mut self, qos: QoS) -> Token {
        self.publish(qos, 0, &[]).expect("nobody dies")
    }

    /// The server has a message for the client's session.
    pub(crate) fn server_has(&mut self, qos: QoS, filler: usize) {
        let number = self.book.coming.len();
        let (topic, filler) = (format!("in/{number:03}"), "~".repeat(filler));
        let payload = format!("news of {number:03} {filler}").into_bytes();
        self.book.expected(&topic, &payload, qos);
        self.server.session_mut(ID).enqueue(ToClient {
            topic,
            payload,
            qos,
            retain: false,
            properties: Vec::new(),
        });
    }

    /// Subscribes to one filter.
    pub(crate) fn subscribe(&mut self, filter: &str) -> Step {
        let filters = [(filter, SubscriptionOptions::qos(QoS::ExactlyOnce))];
        let accepted = self.client.subscribe(&filters, &[], self.now);
        let token = accepted.expect("accepted");
        self.filters.subscribe(token);
        self.drain(&[])
    }

    /// Unsubscribes from one filter.
    pub(crate) fn unsubscribe(&mut self, filter: &str) -> Step {
        let accepted = self.client.unsubscribe(&[filter], &[], self.now);
        let token = accepted.expect("accepted");
        self.filters.unsubscribe(token, filter);
        self.drain(&[])
    }

    /// The server says its last packet on this connection again, if it is one of `kinds`.
    pub(crate) fn repeat_last(&mut self, kinds: &[PacketType]) {
        if let Some(bytes) = &self.last
            && self.linked
            && !self.closing
            && kinds.contains(&decode(self.version, bytes, |packet| packet.packet_type()))
        {
            self.server.send_raw(bytes.clone());
        }
    }

    /// Ends the connection in order.
    pub(crate) fn disconnect(&mut self) -> Step {
        let options = DisconnectOptions::default();
        self.client
            .disconnect(&options, self.now)
            .expect("allowed at any time");
        self.drain(&[])
    }

    /// The application is done with the oldest message it holds a ticket for.
    pub(crate) fn acknowledge(&mut self) -> Step {
        match self.tickets.pop_front() {
            Some(ticket) => self.client.handled(ticket, self.now),
            None => return Ok(()),
        }
        self.drain(&[])
    }

    /// The caller of one of the operations that have no outcome waits no longer; or not for longer than so many
    /// milliseconds.
    pub(crate) fn cancel(&mut self, number: usize, after: Option<u64>) -> Step {
        let message = self.book.open(number);
        let Some(token) = message.or_else(|| self.filters.open(number)) else {
            return Ok(());
        };
        match after {
            Some(after) => self.client.set_deadline(token, self.now + after),
            None => self.client.cancel(token, self.now),
        }
        self.drain(&[])
    }

    /// The application answers what it was asked first.
    pub(crate) fn decide(&mut self, republish: bool) -> Step {
        let seq = self.undecided.pop_front().expect("a question");
        self.client.decide(seq, republish, self.now);
        self.drain(&[])
    }

    /// Somebody clears the storage, and the page notices.
    pub(crate) fn clear_storage(&mut self) -> Step {
        self.disk.records.clear();
        self.damaged = true;
        self.client.rewrite();
        self.drain(&[])
    }

    /// Changes a byte of a stored record behind the back of a page that is gone.
    pub(crate) fn corrupt(&mut self, record: usize, at: usize) {
        let mut names = self.disk.records.keys();
        let count = names.len();
        let Some(name) = names.nth(record % count.max(1)).cloned() else {
            return;
        };
        self.story.push(format!("{name} is corrupted"));
        let before = self.disk.view(self.version);
        self.disk.corrupt(&name, at);
        let after = self.disk.view(self.version);
        if name == "meta" {
            self.begun = false;
            self.forget_losses();
        }
        self.book.excuse_lost(&before, &after);
    }

    /// What storage holds is what the client holds, where neither has anything to catch up with.
    pub(crate) fn compare(&mut self) {
        if self.batch.is_some() {
            return;
        }
        let (stored, held) = (self.disk.view(self.version), View::of(&self.client));
        if stored == held {
            self.damaged &= !self.disk.records.contains_key("meta");
        } else if !self.trouble && !self.damaged {
            assert_eq!(stored, held, "storage is behind{}", self.story());
        }
    }
}
