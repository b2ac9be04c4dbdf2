//! What a connection that is made again asks for: a clean start once, the session from then on; and two clients
//! with one client identifier at one server.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::{Bench, Disk};
use mqtt_mooring::client::config::{Config, ReconnectPolicy, WhenSessionLost};
use mqtt_mooring::client::output::{Cause, Certainty, Event, LossCause, Output};
use mqtt_mooring::client::{Client, State};
use mqtt_mooring::codec::{Ack, ConnAck, Disconnect, Packet, QoS, ReasonCode, Version};
use support::*;

const SUCCESS: Told = Told::Out(ReasonCode::SUCCESS);

fn clean(version: Version) -> Pair {
    let mut pair = Pair::new(version);
    pair.config.clean_session = true;
    pair.persist();
    pair
}

fn clean_starts(pair: &Pair) -> Vec<bool> {
    pair.server.connects.iter().map(|c| c.clean_start).collect()
}

#[test]
fn a_clean_start_is_asked_for_until_a_server_has_accepted_and_then_no_more() {
    let mut pair = clean(Version::V5);
    pair.config.session_expiry_interval = Some(3_600);
    pair.server.knobs.deaf = true;
    pair.config.timeout = 1_000;
    pair.connect();
    pair.pass(2_500);
    pair.server.knobs.deaf = false;
    pair.pass(4_000);
    assert_eq!(pair.client.state(), State::Connected);
    for _ in 0..3 {
        pair.pass(20_000);
        pair.reconnect();
        assert!(pair.client.session_present());
    }
    assert_eq!(clean_starts(&pair), [true, true, true, false, false, false]);
    // The next wish is a new one.
    let gone = pair.client.disconnect(&Default::default(), pair.now);
    gone.expect("allowed");
    pair.drain(&[]);
    pair.run();
    pair.establish();
    assert_eq!(clean_starts(&pair).last(), Some(&true));
}

#[test]
fn what_was_in_flight_goes_on_where_the_server_has_the_session() {
    let mut pair = clean(Version::V5);
    pair.config.session_expiry_interval = Some(3_600);
    pair.establish();
    pair.server.knobs.hold_acks = true;
    let tokens = QOS.map(|qos| pair.send("x", qos));
    pair.run();
    pair.server.knobs.hold_acks = false;
    pair.reconnect();
    assert_eq!(*pair.ledger.outcome(tokens[1]), SUCCESS);
    assert_eq!(*pair.ledger.outcome(tokens[2]), SUCCESS);
    assert_eq!(pair.ledger.losses(), 0);
    pair.assert_idle("clean, and went on");
}

#[test]
fn what_was_in_flight_in_a_clean_session_goes_by_when_session_lost() {
    for version in VERSIONS {
        for policy in [WhenSessionLost::RepublishQos1, WhenSessionLost::Republish] {
            let mut pair = clean(version);
            pair.config.when_session_lost = policy;
            pair.establish();
            pair.server.knobs.hold_acks = true;
            let once = pair.send("one", QoS::AtLeastOnce);
            let exactly = pair.send("two", QoS::ExactlyOnce);
            pair.run();
            pair.server.knobs.hold_acks = false;
            let again = version == Version::V311;
            pair.reconnect();
            assert_eq!(clean_starts(&pair), [true, again]);
            assert!(!pair.client.session_present());
            assert_eq!(pair.ledger.losses(), 1);
            assert_eq!(*pair.ledger.outcome(once), SUCCESS);
            match policy {
                WhenSessionLost::Republish => assert_eq!(*pair.ledger.outcome(exactly), SUCCESS),
                _ => assert_eq!(
                    *pair.ledger.outcome(exactly),
                    Told::Lost(Certainty::Indeterminate, LossCause::SessionLost)
                ),
            }
            pair.assert_idle("clean");
        }
    }
}

#[test]
fn what_waited_in_the_outbox_of_a_clean_session_is_sent_all_the_same() {
    for version in VERSIONS {
        let mut pair = clean(version);
        pair.establish();
        pair.break_link();
        let waiting = pair.send("x", QoS::ExactlyOnce);
        pair.pass(1_000);
        assert_eq!(*pair.ledger.outcome(waiting), SUCCESS);
        assert_eq!(pair.server.payloads(), ["x"]);
    }
}

#[test]
fn what_was_accepted_before_the_first_connection_is_of_the_session_to_be() {
    for version in VERSIONS {
        let mut pair = clean(version);
        pair.dial = Dial::Fails;
        pair.connect();
        let early = pair.send("x", QoS::AtLeastOnce);
        pair.pass(20_000);
        assert!(pair.ledger.is_open(early));
        pair.dial = Dial::Opens;
        pair.pass(60_000);
        assert_eq!(*pair.ledger.outcome(early), SUCCESS);
        assert!(pair.ledger.orphans.is_empty());
    }
}

#[test]
fn what_an_earlier_session_held_ends_once_with_the_clean_start_and_not_with_the_next_connection() {
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server.knobs.hold_acks = true;
        let old = pair.send("old", QoS::ExactlyOnce);
        pair.run();
        pair.break_link();
        pair.server.knobs.hold_acks = false;
        pair.config.clean_session = true;
        pair.config.when_session_lost = WhenSessionLost::Republish;
        pair.persist();
        // Two attempts fail before the server has begun a clean one.
        pair.dial = Dial::Fails;
        pair.connect();
        pair.pass(1_500);
        assert!(pair.ledger.is_open(old), "nothing has ended yet");
        pair.dial = Dial::Opens;
        pair.pass(5_000);
        let told = Told::Lost(Certainty::Indeterminate, LossCause::CleanSession);
        assert_eq!(*pair.ledger.outcome(old), told);
        pair.server.knobs.hold_acks = true;
        let new = pair.send("new", QoS::ExactlyOnce);
        pair.run();
        pair.server.knobs.hold_acks = false;
        pair.reconnect();
        assert_eq!(*pair.ledger.outcome(new), SUCCESS);
    }
}

#[test]
fn a_client_identifier_the_server_assigned_is_kept_from_connection_to_connection() {
    use mqtt_mooring::codec::Property;
    let mut pair = clean(Version::V5);
    pair.config.client_id = String::new();
    pair.config.session_expiry_interval = Some(3_600);
    pair.server.knobs.connack = encoded(&[Property::AssignedClientIdentifier("yours-3")]);
    pair.establish();
    pair.server.knobs.connack = Vec::new();
    pair.pass(20_000);
    pair.reconnect();
    let names: Vec<_> = pair.server.connects.iter().map(|c| &*c.client_id).collect();
    assert_eq!(names, ["", "yours-3"]);
}

#[test]
fn a_session_that_is_kept_is_resumed_as_often_as_the_link_breaks() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        let mut tokens = Vec::new();
        for round in 0..20 {
            pair.server.knobs.hold_acks = round % 2 == 0;
            for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
                tokens.push(pair.send(&format!("{round} {qos:?}"), qos));
                pair.run();
                tokens.push(pair.send(&format!("{round} {qos:?} later"), qos));
            }
            pair.server
                .send(to_client(&format!("in {round}"), QoS::ExactlyOnce));
            pair.server.knobs.hold_acks = false;
            pair.break_link();
            pair.pass(60_000);
        }
        for token in tokens {
            assert_eq!(*pair.ledger.outcome(token), SUCCESS);
        }
        let mut texts = pair.server.payloads();
        texts.retain(|text| text.contains("ExactlyOnce"));
        let count = texts.len();
        texts.dedup();
        assert_eq!((texts.len(), count), (40, 40), "0 lost, 0 doubled");
        assert_eq!(pair.ledger.deliveries.len(), 20);
        pair.assert_idle("twenty breaks");
    }
}

/// What a page on the bench that connects again says while the server holds a session that is not its own.
fn stranger() -> Bench {
    let mut bench = Bench::new(Version::V311);
    bench.config.reconnect = Some(ReconnectPolicy {
        jitter: false,
        ..ReconnectPolicy::default()
    });
    bench.begin();
    bench
}

fn waited(bench: &mut Bench) {
    assert_eq!(bench.client.state(), State::Waiting);
    assert!(bench.pass_deadline());
    assert_eq!(bench.client.state(), State::Connecting);
    bench.opens();
    bench.run();
}

#[test]
fn a_strangers_session_is_emptied_whatever_fails_in_between() {
    // Where the link breaks: before the first CONNACK, on the emptying connection, on the one after it.
    for broken in 0..4 {
        let mut bench = stranger();
        if broken == 0 {
            bench.cut();
            waited(&mut bench);
        }
        bench.connack(true);
        if broken == 1 {
            // The socket is open again, with a clean session asked for.
            bench.cut();
            waited(&mut bench);
            bench.connack(true);
        }
        bench.connack(false);
        if broken == 2 {
            bench.cut();
            waited(&mut bench);
            // Somebody was there in the meantime, under the same name.
            bench.connack(true);
            bench.connack(false);
        }
        if broken == 3 {
            bench.client.handle_closed(Some(1006), bench.now);
            bench.run();
            waited(&mut bench);
        }
        bench.connack(false);
        assert_eq!(
            bench.client.state(),
            State::Connected,
            "{broken} {:#?}",
            bench.story
        );
        let sessions = bench.events.iter().filter_map(|event| match event {
            Event::Connected(accepted) => Some(accepted.session_present),
            _ => None,
        });
        assert_eq!(sessions.collect::<Vec<_>>(), [false], "{broken}");
        // From here on it is ours.
        bench.cut();
        waited(&mut bench);
        bench.connack(true);
        assert_eq!(bench.client.state(), State::Connected, "{broken}");
    }
}

#[test]
fn what_was_asked_for_before_a_strangers_session_was_emptied_is_asked_after_it() {
    let mut bench = stranger();
    let filters = [(
        "a",
        mqtt_mooring::codec::SubscriptionOptions::qos(QoS::AtLeastOnce),
    )];
    let asked = bench.client.subscribe(&filters, &[], bench.now);
    asked.expect("accepted");
    bench.connack(true);
    bench.connack(false);
    bench.connack(false);
    assert_eq!(bench.count("SUBSCRIBE"), 1, "{:#?}", bench.story);
}

#[test]
fn a_durable_session_whose_store_fails_connects_again_when_it_heals() {
    use mqtt_mooring::storage::StorageError;
    for version in VERSIONS {
        let mut bench = Bench::on(version, Disk::default(), ID);
        bench.config.reconnect = Some(policy());
        bench.begin();
        bench.connack(false);
        bench.stores_at_once = false;
        bench.publish("x", QoS::AtLeastOnce);
        bench.store();
        let (number, _) = bench.client.in_flight().next().expect("the message");
        bench.feed(&[Packet::PubAck(Ack::new(number, ReasonCode::SUCCESS))]);
        for _ in 0..3 {
            bench.refuse(StorageError::Failed);
            assert_eq!(bench.client.state(), State::Waiting);
            assert!(matches!(
                bench.events.iter().rev().find_map(|event| match event {
                    Event::Disconnected(end) => Some(&end.cause),
                    _ => None,
                }),
                Some(Cause::Storage(StorageError::Failed))
            ));
            bench.pass_deadline();
            bench.opens();
            bench.run();
        }
        bench.store_all();
        bench.connack(true);
        bench.store_all();
        assert_eq!(bench.client.state(), State::Connected, "{:#?}", bench.story);
        assert!(bench.disk.messages().is_empty());
    }
}

/// Clients with one client identifier at one server, which lets the last one in.
struct Rivals {
    clients: Vec<Client>,
    attempts: Vec<u64>,
    inside: Option<usize>,
    version: Version,
    now: u64,
}

impl Rivals {
    fn new(version: Version, seed: u64) -> Self {
        let mut rivals = Self {
            clients: Vec::new(),
            attempts: vec![0; 2],
            inside: None,
            version,
            now: START,
        };
        for number in 0..2 {
            let mut client = Client::new(seed * 2 + number);
            let config = Config {
                reconnect: Some(ReconnectPolicy::default()),
                ..config(version)
            };
            client.connect(config, rivals.now).expect("accepted");
            rivals.clients.push(client);
        }
        rivals
    }

    /// Until everybody waits for the clock; `says` tells the one that is thrown out why.
    fn settle(&mut self, says: bool) {
        let mut moved = true;
        while moved {
            moved = false;
            for index in 0..2 {
                while let Some(output) = self.clients[index].poll_output() {
                    moved = true;
                    match output {
                        Output::Open(_) => self.comes(index, says),
                        Output::Event(Event::Connected(_)) => {
                            self.clients[index].connected_handlers_settled(self.now);
                        }
                        Output::Close => self.leaves(index),
                        _ => {}
                    }
                }
            }
        }
    }

    fn comes(&mut self, index: usize, says: bool) {
        self.attempts[index] += 1;
        let client = &mut self.clients[index];
        client.handle_opened(self.now);
        let connack = Packet::ConnAck(ConnAck {
            session_present: false,
            reason: ReasonCode::SUCCESS,
            properties: Default::default(),
        });
        client.handle_bytes(&encode(self.version, &connack), self.now);
        if let Some(other) = self.inside.replace(index) {
            if says {
                let taken = Packet::Disconnect(Disconnect::new(ReasonCode::SESSION_TAKEN_OVER));
                let taken = encode(self.version, &taken);
                self.clients[other].handle_bytes(&taken, self.now);
            }
            self.clients[other].handle_closed(Some(1000), self.now);
        }
    }

    fn leaves(&mut self, index: usize) {
        self.inside.take_if(|inside| *inside == index);
        self.clients[index].handle_closed(None, self.now);
    }

    fn live(&mut self, milliseconds: u64, says: bool) {
        let until = self.now + milliseconds;
        self.settle(says);
        while let Some(at) = self.clients.iter().filter_map(Client::deadline).min()
            && at <= until
        {
            self.now = self.now.max(at);
            for client in &mut self.clients {
                client.handle_timeout(self.now);
            }
            self.settle(says);
        }
        self.now = until;
    }
}

#[test]
fn two_clients_with_one_identifier_make_no_storm() {
    // In 3.1.1, and at servers that say nothing, nobody can know why the link breaks.
    for version in VERSIONS {
        let mut most = 0;
        let mut all = 0;
        for seed in 0..200 {
            let mut rivals = Rivals::new(version, seed);
            rivals.live(10_000, false);
            let soon: u64 = rivals.attempts.iter().sum();
            assert!(soon <= 60, "seed {seed}: {soon} connects in 10 s");
            rivals.live(3_600_000 - 10_000, false);
            let attempts: u64 = rivals.attempts.iter().sum();
            most = most.max(attempts);
            all += attempts;
        }
        // Two that are thrown out by each other as soon as both are stable: no more than once in 10 s each.
        assert!(most < 800, "{most} connects in an hour");
        println!(
            "{version:?}: {} connects in an hour on the average",
            all / 200
        );
    }
}

#[test]
fn a_server_that_says_who_took_over_ends_the_fight() {
    for seed in 0..50 {
        let mut rivals = Rivals::new(Version::V5, seed);
        rivals.live(3_600_000, true);
        assert_eq!(rivals.attempts, [1, 1]);
        let states: Vec<State> = rivals.clients.iter().map(Client::state).collect();
        assert_eq!(states, [State::Disconnected, State::Connected]);
    }
}

#[test]
fn a_handler_that_restores_at_every_connection_does_not_replace_the_session_that_goes_on() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.establish();
        pair.server.knobs.hold_acks = true;
        pair.send("old", QoS::ExactlyOnce);
        pair.run();
        let saved = pair.client.save(pair.now);
        pair.reload();
        pair.server.lose_sessions();
        pair.persist();
        pair.handler = Handler::RestoreIfPresent(saved);
        pair.establish();
        let one = pair.send("in flight 1", QoS::AtLeastOnce);
        let two = pair.send("in flight 2", QoS::ExactlyOnce);
        pair.run();
        pair.server.knobs.hold_acks = false;
        pair.reconnect();
        pair.run();
        assert_eq!(
            pair.ledger.outcomes.get(&one),
            Some(&vec![SUCCESS]),
            "{version:?} {}",
            pair.story()
        );
        assert_eq!(
            pair.ledger.outcomes.get(&two),
            Some(&vec![SUCCESS]),
            "{version:?} {}",
            pair.story()
        );
    }
}

#[test]
fn declaring_the_empty_session_at_every_connection_loses_nothing() {
    let mut pair = Pair::new(Version::V5);
    pair.persist();
    pair.handler = Handler::RestoreIfPresent(String::new());
    pair.establish();
    pair.server.knobs.hold_acks = true;
    let one = pair.send("in flight", QoS::AtLeastOnce);
    pair.run();
    pair.server.knobs.hold_acks = false;
    pair.reconnect();
    pair.run();
    assert_eq!(
        pair.ledger.outcomes.get(&one),
        Some(&vec![SUCCESS]),
        "{}",
        pair.story()
    );
}

#[test]
fn what_the_first_handler_did_not_come_to_restore_the_next_one_may() {
    for version in VERSIONS {
        let mut pair = Pair::new(version);
        pair.establish();
        pair.server.knobs.hold_acks = true;
        pair.send("precious", QoS::ExactlyOnce);
        pair.run();
        let saved = pair.client.save(pair.now);
        pair.reload();
        pair.server.knobs.hold_acks = false;
        pair.persist();
        pair.handler = Handler::Manual;
        pair.connect();
        pair.run();
        assert_eq!(pair.client.state(), State::Connected, "settling");
        pair.handler = Handler::RestoreIfPresent(saved);
        pair.break_link();
        pair.pass(10_000);
        assert_eq!(
            pair.client.state(),
            State::Connected,
            "{version:?} {}",
            pair.story()
        );
        assert_eq!(pair.ledger.adopted.len(), 1, "{version:?} {}", pair.story());
    }
}
