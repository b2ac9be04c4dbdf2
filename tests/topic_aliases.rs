//! Topic aliases of our own (MQTT 5 §3.3.2.3.4): given by hand or automatically, set before they are used, never above the
//! server's maximum, and gone with the connection. The server of these tests resolves them, and fails on one it does not
//! know.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;

use mqtt_mooring::client::output::{Cancel, Cause, Certainty, Event, LossCause, Output};
use mqtt_mooring::client::{Client, PublishRequest};
use mqtt_mooring::codec::{Ack, ConnAck, Packet, Property, PropertySet, QoS, ReasonCode, Version};
use mqtt_mooring::error::UsageError;
use mqtt_mooring::session::journal::{Change, RecordName};
use mqtt_mooring::session::outbound::Token;
use mqtt_mooring::storage::StorageError;
use proptest::prelude::*;
use support::*;

/// A server that takes aliases up to `maximum`, and what else it says.
fn server(maximum: u16, more: &[Property<'_>]) -> Pair {
    let mut pair = Pair::new(Version::V5);
    takes(&mut pair, maximum, more);
    pair
}

fn takes(pair: &mut Pair, maximum: u16, more: &[Property<'_>]) {
    let mut list = vec![Property::TopicAliasMaximum(maximum)];
    list.extend_from_slice(more);
    pair.server.knobs.connack = encoded(&list);
}

/// Connected; aliases are given automatically.
fn automatic(maximum: u16) -> Pair {
    let mut pair = server(maximum, &[]);
    pair.config.automatic_topic_aliases = true;
    pair.establish();
    pair
}

fn to<'a>(topic: &'a str, qos: QoS, properties: &'a [u8]) -> PublishRequest<'a> {
    PublishRequest {
        topic,
        properties,
        ..message("x", qos)
    }
}

fn alias(number: u16) -> Vec<u8> {
    encoded(&[Property::TopicAlias(number)])
}

fn send(pair: &mut Pair, topic: &str, by_hand: Option<u16>) -> Token {
    let properties = by_hand.map(alias).unwrap_or_default();
    let token = pair.publish(to(topic, QoS::AtLeastOnce, &properties));
    pair.run();
    token
}

/// The topic and the alias of every PUBLISH since this was last asked.
fn named(pair: &mut Pair) -> Vec<(String, Option<u16>)> {
    std::mem::take(&mut pair.server.named)
}

fn is(topic: &str, alias: Option<u16>) -> (String, Option<u16>) {
    (topic.into(), alias)
}

#[test]
fn by_hand_the_first_message_sets_the_alias_and_the_next_ones_use_it_at_every_qos() {
    for qos in QOS {
        let mut pair = server(5, &[]);
        pair.establish();
        let five = alias(5);
        for _ in 0..3 {
            pair.publish(to("meters/7/volt", qos, &five));
            pair.run();
        }
        let expected = [
            is("meters/7/volt", Some(5)),
            is("", Some(5)),
            is("", Some(5)),
        ];
        assert_eq!(named(&mut pair), expected);
        assert!(
            pair.server
                .onward
                .iter()
                .all(|it| it.topic == "meters/7/volt")
        );
        assert_eq!(pair.server.onward.len(), 3);
        pair.assert_idle("by hand");
    }
}

#[test]
fn an_alias_given_to_another_topic_is_set_anew_and_messages_without_one_keep_their_name() {
    let mut pair = server(2, &[]);
    pair.establish();
    for (topic, by_hand) in [
        ("one/topic", Some(1)),
        ("other/topic", Some(1)),
        ("other/topic", Some(1)),
        ("other/topic", None),
        ("one/topic", Some(2)),
        ("one/topic", Some(1)),
    ] {
        send(&mut pair, topic, by_hand);
    }
    let expected = [
        is("one/topic", Some(1)),
        is("other/topic", Some(1)),
        is("", Some(1)),
        is("other/topic", None),
        is("one/topic", Some(2)),
        is("one/topic", Some(1)),
    ];
    assert_eq!(named(&mut pair), expected);
}

#[test]
fn an_alias_the_server_does_not_take_is_refused_at_once_and_changes_nothing() {
    for maximum in [0, 3] {
        let mut pair = server(maximum, &[]);
        pair.establish();
        let before = pair.client.save(pair.now);
        for qos in QOS {
            let properties = alias(maximum + 1);
            let refused = pair.client.publish(to("t/t/t", qos, &properties), pair.now);
            assert!(
                matches!(refused, Err(UsageError::NotAvailable(_))),
                "{refused:?}"
            );
        }
        assert_eq!(pair.client.save(pair.now), before);
    }
    let mut old = Pair::connected(Version::V311);
    let refused = old
        .client
        .publish(to("t/t/t", QoS::AtLeastOnce, &alias(1)), old.now);
    assert!(matches!(refused, Err(UsageError::OnlyInV5(_))));
}

#[test]
fn what_waited_for_a_server_that_takes_fewer_aliases_goes_by_its_name() {
    let mut pair = server(1, &[]);
    pair.connect();
    let properties: Vec<_> = (1..=2).map(alias).collect();
    let tokens: Vec<_> = properties
        .iter()
        .map(|properties| pair.publish(to("meters/7", QoS::ExactlyOnce, properties)))
        .collect();
    pair.run();
    assert_eq!(
        named(&mut pair),
        [is("meters/7", Some(1)), is("meters/7", None)]
    );
    for token in tokens {
        assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    }
}

#[test]
fn on_the_next_connection_no_alias_stands_for_anything() {
    let mut pair = automatic(4);
    send(&mut pair, "meters/7", None);
    send(&mut pair, "meters/8", Some(4));
    pair.break_link();
    pair.establish();
    send(&mut pair, "meters/7", None);
    send(&mut pair, "meters/8", Some(4));
    let once = [is("meters/7", Some(1)), is("meters/8", Some(4))];
    assert_eq!(named(&mut pair), [once.clone(), once].concat());
}

#[test]
fn what_is_sent_again_has_its_full_topic_and_no_alias() {
    for by_hand in [None, Some(2)] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut pair = automatic(4);
            pair.server.knobs.hold_acks = true;
            let properties = by_hand.map(alias).unwrap_or_default();
            for _ in 0..3 {
                pair.publish(to("meters/7", qos, &properties));
            }
            pair.run();
            let number = by_hand.or(Some(1));
            let expected = [is("meters/7", number), is("", number), is("", number)];
            assert_eq!(named(&mut pair), expected);
            pair.break_link();
            pair.server.knobs.hold_acks = false;
            pair.establish();
            assert_eq!(named(&mut pair), vec![is("meters/7", None); 3]);
            assert_eq!(
                pair.server.onward.len(),
                if qos == QoS::AtLeastOnce { 6 } else { 3 }
            );
            pair.assert_idle("replay");
        }
    }
}

#[test]
fn no_saved_session_knows_an_alias() {
    let mut pair = automatic(4);
    pair.server.knobs.hold_acks = true;
    let properties = alias(3);
    pair.publish(to("meters/7", QoS::AtLeastOnce, &properties));
    let with = pair.client.save(pair.now);
    let mut plain = Pair::connected(Version::V5);
    plain.server.knobs.hold_acks = true;
    plain.publish(to("meters/7", QoS::AtLeastOnce, &[]));
    let held = |pair: &Pair| -> Vec<_> {
        pair.client
            .in_flight()
            .map(|(id, it)| (id, it.message.clone()))
            .collect()
    };
    assert_eq!(held(&pair), held(&plain));
    assert_eq!(with.len(), plain.client.save(plain.now).len());
}

#[test]
fn automatically_the_alias_used_least_recently_is_given_to_the_next_topic() {
    let mut pair = automatic(2);
    for topic in [
        "topic/a", "topic/b", "topic/a", "topic/c", "topic/a", "topic/b", "topic/c",
    ] {
        send(&mut pair, topic, None);
    }
    let expected = [
        is("topic/a", Some(1)),
        is("topic/b", Some(2)),
        is("", Some(1)),
        is("topic/c", Some(2)),
        is("", Some(1)),
        is("topic/b", Some(2)),
        is("topic/c", Some(1)),
    ];
    assert_eq!(named(&mut pair), expected);
}

#[test]
fn automatically_no_more_than_1024_aliases_are_given_however_many_the_server_takes() {
    let mut pair = automatic(u16::MAX);
    for number in 0..=1024 {
        send(&mut pair, &format!("topic/{number}"), None);
    }
    let named = named(&mut pair);
    assert_eq!(named[1023], is("topic/1023", Some(1024)));
    assert_eq!(named[1024], is("topic/1024", Some(1)));
}

#[test]
fn a_topic_that_is_too_short_to_gain_anything_is_left_alone() {
    let mut pair = automatic(2);
    for topic in ["abc", "abc", "abcd", "abcd"] {
        send(&mut pair, topic, None);
    }
    let expected = [
        is("abc", None),
        is("abc", None),
        is("abcd", Some(1)),
        is("", Some(1)),
    ];
    assert_eq!(named(&mut pair), expected);
}

#[test]
fn a_number_given_by_hand_is_never_given_automatically_on_that_connection() {
    let mut pair = automatic(3);
    send(&mut pair, "topic/a", None);
    send(&mut pair, "by/hand", Some(1));
    send(&mut pair, "by/hand/too", Some(3));
    for topic in ["topic/a", "topic/b", "topic/c", "topic/c", "by/hand"] {
        send(&mut pair, topic, None);
    }
    let expected = [
        is("topic/a", Some(1)),
        is("by/hand", Some(1)),
        is("by/hand/too", Some(3)),
        is("topic/a", Some(2)),
        is("topic/b", Some(2)),
        is("topic/c", Some(2)),
        is("", Some(2)),
        is("", Some(1)),
    ];
    assert_eq!(named(&mut pair), expected);
    // Where all are the application's, the rest goes by name.
    send(&mut pair, "by/hand/as/well", Some(2));
    send(&mut pair, "topic/d", None);
    assert_eq!(
        named(&mut pair),
        [is("by/hand/as/well", Some(2)), is("topic/d", None)]
    );
}

#[test]
fn without_a_maximum_of_the_servers_there_are_no_aliases() {
    let mut pair = Pair::new(Version::V5);
    pair.config.automatic_topic_aliases = true;
    pair.establish();
    send(&mut pair, "meters/7", None);
    send(&mut pair, "meters/7", None);
    assert_eq!(named(&mut pair), vec![is("meters/7", None); 2]);
}

#[test]
fn what_an_alias_would_make_too_large_for_the_server_goes_by_its_name_and_sets_none() {
    // 2 + 2 + 8 + 2 + 1 + 1 is 16 bytes; the alias takes 3 more.
    for (limit, sets) in [(18, None), (19, Some(1))] {
        let mut pair = server(1, &[Property::MaximumPacketSize(limit)]);
        pair.config.automatic_topic_aliases = true;
        pair.establish();
        send(&mut pair, "meters/7", None);
        send(&mut pair, "meters/7", Some(1));
        let second = if sets.is_some() { "" } else { "meters/7" };
        assert_eq!(named(&mut pair), [is("meters/7", sets), is(second, sets)]);
    }
}

#[test]
fn what_does_not_fit_with_its_name_is_refused_although_an_alias_stands_for_that() {
    // It has to be sent again on a connection where none does.
    let mut pair = server(1, &[Property::MaximumPacketSize(30)]);
    pair.establish();
    send(&mut pair, "meters/7", Some(1));
    let properties = alias(1);
    let long = PublishRequest {
        payload: &[b'x'; 16],
        ..to("meters/7", QoS::AtLeastOnce, &properties)
    };
    let refused = pair.client.publish(long, pair.now);
    assert_eq!(
        refused,
        Err(UsageError::TooLarge {
            size: 31,
            limit: 30
        })
    );
}

#[test]
fn other_properties_and_the_expiry_stay_beside_the_alias() {
    let mut pair = automatic(1);
    let list = [
        Property::MessageExpiryInterval(60),
        Property::UserProperty("a", "b"),
        Property::ContentType("text/plain"),
    ];
    let properties = encoded(&list);
    for _ in 0..2 {
        pair.publish(to("meters/7", QoS::AtLeastOnce, &properties));
        pair.run();
    }
    assert_eq!(named(&mut pair), [is("meters/7", Some(1)), is("", Some(1))]);
    for onward in &pair.server.onward {
        assert_eq!(onward.payload, b"x");
        assert_eq!(onward.properties.len(), properties.len());
    }
}

/// A page whose storage and server are the test.
struct Page {
    client: Client,
    now: u64,
    /// The batch that is out, and what it writes.
    batch: Option<u64>,
    puts: Vec<RecordName>,
    /// How many aliases the server takes.
    maximum: u16,
    /// What left: topic, alias and payload of each PUBLISH.
    left: Vec<(String, Option<u16>, String)>,
    events: Vec<Event>,
    pieces: Pieces,
}

impl Page {
    fn connected(maximum: u16) -> Self {
        let mut client = Client::new(7);
        client
            .recover(&[], ID, Version::V5)
            .expect("an empty session");
        let mut page = Self {
            client,
            now: START,
            batch: None,
            puts: Vec::new(),
            maximum,
            left: Vec::new(),
            events: Vec::new(),
            pieces: Pieces::default(),
        };
        page.link(false);
        page
    }

    fn run(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Event(event) => {
                    let is_connected = matches!(event, Event::Connected(_));
                    self.events.push(event);
                    if is_connected {
                        self.client.connected_handlers_settled(self.now);
                    }
                }
                Output::Transmit(bytes) => {
                    for packet in self.pieces.split(&bytes) {
                        decode(Version::V5, &packet, |packet| {
                            if let Packet::Publish(it) = packet {
                                let payload = String::from_utf8_lossy(it.payload).into_owned();
                                let alias = it.properties.topic_alias();
                                self.left.push((it.topic.into(), alias, payload));
                            }
                        });
                    }
                }
                Output::Persist { batch, changes } => {
                    let put = |change: &Change| matches!(change, Change::Put { .. });
                    let puts = changes.iter().filter(|it| put(it));
                    self.puts = puts.map(|change| change.name()).collect();
                    self.batch = Some(batch);
                }
                Output::Close => self.client.handle_closed(None, self.now),
                _ => {}
            }
        }
    }

    /// There is no room for the messages of this batch.
    fn refuse(&mut self) {
        let batch = self.batch.take().expect("a batch");
        let full = StorageError::Full { needed: 9 };
        let messages = self.puts.iter();
        let messages = messages.filter(|name| matches!(name, RecordName::Outgoing(_)));
        let failed: Vec<_> = messages.map(|name| (*name, full)).collect();
        self.client.not_persisted(batch, &failed, self.now);
        self.run();
    }

    /// The server acknowledges what it was sent.
    fn acknowledge(&mut self) {
        let sent = self.client.in_flight().filter(|(_, it)| !it.unsent);
        let sent: Vec<_> = sent.map(|(id, _)| id).collect();
        for id in sent {
            let ack = Packet::PubAck(Ack::new(id, ReasonCode::SUCCESS));
            self.client
                .handle_bytes(&encode(Version::V5, &ack), self.now);
            self.run();
        }
    }

    /// The link breaks, and there is another one.
    fn link_again(&mut self) {
        self.client.handle_closed(None, self.now);
        self.run();
        self.store_all();
        self.assert_resolved();
        self.left.clear();
        self.link(true);
    }

    fn link(&mut self, present: bool) {
        let mut config = config(Version::V5);
        config.automatic_topic_aliases = true;
        self.client.connect(config, self.now).expect("accepted");
        self.pieces = Pieces::default();
        self.client.handle_opened(self.now);
        self.run();
        self.store_all();
        let maximum = encoded(&[Property::TopicAliasMaximum(self.maximum)]);
        let connack = Packet::ConnAck(ConnAck {
            session_present: present,
            reason: ReasonCode::SUCCESS,
            properties: properties(PropertySet::ConnAck, &maximum),
        });
        let connack = encode(Version::V5, &connack);
        self.client.handle_bytes(&connack, self.now);
        self.run();
        self.store_all();
    }

    /// Every message that left on this connection reached the topic that its payload names.
    fn assert_resolved(&self) {
        let mut known = BTreeMap::new();
        for (topic, alias, payload) in &self.left {
            if let (Some(alias), false) = (alias, topic.is_empty()) {
                known.insert(*alias, topic);
            }
            let meant = match topic.is_empty() {
                true => alias.and_then(|alias| known.get(&alias).copied()),
                false => Some(topic),
            };
            assert_eq!(meant, Some(payload), "{:?}", self.left);
        }
    }

    fn publish(&mut self, payload: &str) -> Token {
        let accepted = self
            .client
            .publish(message(payload, QoS::AtLeastOnce), self.now);
        let token = accepted.expect("accepted");
        self.run();
        token
    }

    fn store(&mut self) {
        let batch = self.batch.take().expect("a batch");
        self.client.persisted(batch, self.now);
        self.run();
    }

    fn store_all(&mut self) {
        while self.batch.is_some() {
            self.store();
        }
    }

    fn left(&self) -> Vec<(&str, Option<u16>, &str)> {
        let left = self.left.iter();
        left.map(|(topic, alias, payload)| (&**topic, *alias, &**payload))
            .collect()
    }
}

#[test]
fn a_message_that_is_taken_back_before_it_is_stored_has_set_no_alias() {
    let mut page = Page::connected(2);
    let first = page.publish("first");
    page.publish("second");
    assert_eq!(page.left(), []);
    page.client.cancel(first, page.now);
    page.run();
    page.store_all();
    assert_eq!(page.left(), [("meters/7", Some(1), "second")]);
    let lost = page.events.iter().any(|event| {
        matches!(event, Event::MessageLost(lost) if lost.cause == LossCause::Withdrawn(Cancel::Caller))
    });
    assert!(lost);
}

#[test]
fn a_message_that_could_not_be_stored_has_set_no_alias() {
    let mut page = Page::connected(2);
    page.client
        .publish(message("first", QoS::AtLeastOnce), page.now)
        .expect("accepted");
    page.publish("second");
    let batch = page.batch.take().expect("a batch");
    let first = RecordName::Outgoing(0);
    let full = StorageError::Full { needed: 9 };
    page.client.not_persisted(batch, &[(first, full)], page.now);
    page.run();
    page.store_all();
    assert_eq!(page.left(), [("meters/7", Some(1), "second")]);
    page.publish("third");
    page.store_all();
    assert_eq!(page.left().last(), Some(&("", Some(1), "third")));
}

#[test]
fn what_left_sets_the_alias_for_what_is_still_being_stored() {
    let mut page = Page::connected(2);
    page.publish("first");
    page.publish("second");
    page.store();
    assert_eq!(page.left(), [("meters/7", Some(1), "first")]);
    page.store_all();
    assert_eq!(page.left().last(), Some(&("", Some(1), "second")));
}

#[test]
fn a_message_whose_link_broke_before_it_left_sets_its_alias_on_the_next_one() {
    let mut pair = server(4, &[]);
    pair.establish();
    let properties = alias(4);
    let token = pair
        .client
        .publish(to("meters/7", QoS::AtLeastOnce, &properties), pair.now);
    let token = token.expect("accepted");
    pair.break_link();
    pair.establish();
    assert_eq!(named(&mut pair), [is("meters/7", Some(4))]);
    assert_eq!(*pair.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
}

#[test]
fn a_message_that_expired_or_made_room_has_set_no_alias() {
    let mut pair = server(4, &[Property::ReceiveMaximum(1)]);
    pair.config.automatic_topic_aliases = true;
    pair.establish();
    pair.server.knobs.hold_acks = true;
    send(&mut pair, "first/topic", None);
    let expiring = encoded(&[Property::MessageExpiryInterval(1), Property::TopicAlias(3)]);
    let token = pair.publish(to("second/topic", QoS::AtLeastOnce, &expiring));
    let properties = alias(3);
    pair.publish(to("second/topic", QoS::AtLeastOnce, &properties));
    pair.pass(2_000);
    pair.server.knobs.hold_acks = false;
    pair.server.release_acks();
    pair.run();
    assert_eq!(
        *pair.ledger.outcome(token),
        Told::Lost(Certainty::NotDelivered, LossCause::Expired)
    );
    assert_eq!(
        named(&mut pair),
        [is("first/topic", Some(1)), is("second/topic", Some(3))]
    );
}

/// A page that has sent a question behind a message whose topic is a number, and whose socket is then full of something else.
fn asked_behind_an_alias(topic: &str) -> Pair {
    let mut pair = server(1, &[]);
    pair.persist();
    pair.config.automatic_topic_aliases = true;
    pair.config.keep_alive = 60;
    pair.backlog = Some(0);
    pair.establish();
    pair.server.knobs.no_pong = true;
    pair.server.knobs.hold_acks = true;
    let begun = pair.backlog.expect("a slow socket");
    pair.flow(begun);
    pair.publish(to(topic, QoS::AtLeastOnce, &[]));
    pair.client
        .publish(to(topic, QoS::AtLeastOnce, &[]), pair.now)
        .expect("accepted");
    pair.client.retry(pair.now);
    pair.drain(&[]);
    // Both have left the socket, and the question.
    let all = pair.backlog.expect("a slow socket");
    pair.flow(all);
    pair
}

#[test]
fn a_question_behind_an_alias_stands_where_it_left() {
    let mut pair = asked_behind_an_alias(&"t".repeat(1_000));
    pair.publish(PublishRequest {
        payload: &[b'x'; 900_000],
        ..to("u", QoS::AtLeastOnce, &[])
    });
    // What leaves behind the question puts its answer off no longer.
    for _ in 0..8 {
        pair.pass(1_000);
        pair.flow(100);
    }
    assert_eq!(*pair.ledger.last_cause(), Cause::KeepAliveTimeout);
}

/// One thing that happens to a durable page.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Publish(u8),
    Stored,
    Refused,
    Cancel(u8),
    Acknowledged,
    NewLink,
}

fn any_turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        8 => (0..4u8).prop_map(Turn::Publish),
        4 => Just(Turn::Stored),
        2 => Just(Turn::Refused),
        3 => (0..40u8).prop_map(Turn::Cancel),
        2 => Just(Turn::Acknowledged),
        1 => Just(Turn::NewLink),
    ]
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Publish(u8, QoS, Option<u16>),
    Run,
    Packets(u8),
    Reconnect(u16),
    Cancel(u8),
}

fn any_step() -> impl Strategy<Value = Step> {
    let qos = prop_oneof![
        Just(QoS::AtMostOnce),
        Just(QoS::AtLeastOnce),
        Just(QoS::ExactlyOnce)
    ];
    prop_oneof![
        10 => (0..6u8, qos, prop::option::weighted(0.3, 1..4u16))
            .prop_map(|(topic, qos, alias)| Step::Publish(topic, qos, alias)),
        3 => Just(Step::Run),
        3 => (0..6u8).prop_map(Step::Packets),
        1 => (0..5u16).prop_map(Step::Reconnect),
        1 => (0..40u8).prop_map(Step::Cancel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_every_message_comes_to_its_topic(
        steps in prop::collection::vec(any_step(), 1..60),
        maximum in 0..5u16,
    ) {
        let mut pair = automatic(maximum);
        let mut sent = Vec::new();
        for step in steps {
            match step {
                Step::Publish(topic, qos, by_hand) => {
                    let topic = format!("topic/{topic}");
                    let payload = format!("{topic} {}", sent.len());
                    let properties = by_hand.map(alias).unwrap_or_default();
                    let request = PublishRequest {
                        payload: payload.as_bytes(),
                        ..to(&topic, qos, &properties)
                    };
                    // Above the maximum it is refused.
                    sent.extend(pair.client.publish(request, pair.now));
                }
                Step::Run => {
                    pair.drain(&[]);
                    pair.run();
                }
                Step::Packets(many) => {
                    pair.drain(&[]);
                    for _ in 0..many {
                        pair.step();
                    }
                }
                Step::Reconnect(maximum) => {
                    pair.break_link();
                    takes(&mut pair, maximum, &[]);
                    pair.establish();
                }
                Step::Cancel(which) => {
                    if let Some(token) = sent.get(usize::from(which)) {
                        pair.client.cancel(*token, pair.now);
                    }
                }
            }
        }
        pair.drain(&[]);
        pair.run();
        pair.assert_idle("in the end");
        for onward in &pair.server.onward {
            let payload = String::from_utf8_lossy(&onward.payload);
            prop_assert_eq!(payload.split(' ').next(), Some(&*onward.topic));
        }
    }

    #[test]
    fn whatever_a_store_does_no_alias_is_used_that_did_not_leave_before(
        turns in prop::collection::vec(any_turn(), 1..60),
    ) {
        let mut page = Page::connected(2);
        let mut tokens = Vec::new();
        for turn in turns {
            match turn {
                Turn::Publish(topic) => {
                    let topic = format!("topic/{topic}");
                    let request = PublishRequest {
                        payload: topic.as_bytes(),
                        ..to(&topic, QoS::AtLeastOnce, &[])
                    };
                    tokens.extend(page.client.publish(request, page.now));
                    if tokens.len() % 2 == 0 {
                        page.run();
                    }
                }
                Turn::Stored if page.batch.is_some() => page.store(),
                Turn::Refused if page.batch.is_some() => page.refuse(),
                Turn::Cancel(which) => {
                    if let Some(token) = tokens.get(usize::from(which)) {
                        page.client.cancel(*token, page.now);
                    }
                }
                Turn::Acknowledged => page.acknowledge(),
                Turn::NewLink => page.link_again(),
                _ => {}
            }
        }
        page.run();
        page.store_all();
        page.assert_resolved();
    }
}
