//! Reproductions of the review.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::all)]
mod support;
use mqtt_mooring::client::config::{Config, WhenSessionLost};
use mqtt_mooring::client::output::*;
use mqtt_mooring::client::*;
use mqtt_mooring::codec::*;
use mqtt_mooring::error::StorageError;
use mqtt_mooring::session::journal::*;
use std::collections::BTreeMap;
use support::{Pieces, START, encode, name};

type Disk = BTreeMap<String, Vec<u8>>;

struct H {
    c: Client,
    v: Version,
    disk: Disk,
    /// apply and say persisted at once
    auto: bool,
    out: Option<(u64, Vec<Change>)>,
    sent: Vec<String>,
    bytes: Vec<Vec<u8>>,
    events: Vec<Event>,
    del: Vec<Delivery>,
    log: Vec<String>,
    pieces: Pieces,
    now: u64,
}

fn cfg(v: Version) -> Config {
    support::config(v)
}
fn id(n: u16) -> PacketId {
    PacketId::new(n).unwrap()
}

impl H {
    fn new(v: Version, disk: Disk) -> Self {
        Self::named(v, disk, support::ID)
    }
    fn named(v: Version, disk: Disk, cid: &str) -> Self {
        let mut c = Client::new(7);
        let recs: Vec<_> = disk.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        let r = c.recover(&recs, cid, v).expect("recover");
        assert!(r.bad.is_empty(), "bad: {:?}", r.bad);
        H {
            c,
            v,
            disk,
            auto: true,
            out: None,
            sent: vec![],
            bytes: vec![],
            events: vec![],
            del: vec![],
            log: vec![],
            pieces: Pieces::default(),
            now: START,
        }
    }
    fn apply(disk: &mut Disk, ch: &Change) {
        match ch {
            Change::Put { name, record } => drop(disk.insert(name.to_string(), record.clone())),
            Change::Remove { name } => drop(disk.remove(&name.to_string())),
        }
    }
    fn run(&mut self) {
        while let Some(o) = self.c.poll_output() {
            match o {
                Output::Deliver(d) => {
                    self.log.push("deliver".into());
                    self.del.push(d);
                }
                Output::Event(e) => {
                    self.log.push(format!("{e:?}").chars().take(60).collect());
                    let con = matches!(e, Event::Connected(_));
                    self.events.push(e);
                    if con {
                        self.c.connected_handlers_settled(self.now);
                    }
                }
                Output::Transmit(b) => {
                    for p in self.pieces.split(&b) {
                        let n = name(self.v, &p);
                        self.log.push(format!("> {n}"));
                        self.sent.push(n);
                        self.bytes.push(p);
                    }
                }
                Output::Persist { batch, changes } => {
                    self.log.push(format!(
                        "persist {batch} {:?}",
                        changes
                            .iter()
                            .map(|c| c.name().to_string())
                            .collect::<Vec<_>>()
                    ));
                    if self.auto {
                        for ch in &changes {
                            Self::apply(&mut self.disk, ch);
                        }
                        self.c.persisted(batch, self.now);
                    } else {
                        assert!(self.out.is_none());
                        self.out = Some((batch, changes));
                    }
                }
                Output::Reopen => {
                    self.log.push("reopen".into());
                    self.pieces = Pieces::default();
                    self.c.handle_opened(self.now)
                }
                Output::Close => {
                    self.log.push("close".into());
                    self.c.handle_closed(None, self.now)
                }
            }
        }
    }
    fn store(&mut self) {
        let (b, ch) = self.out.take().expect("a batch");
        for c in &ch {
            Self::apply(&mut self.disk, c);
        }
        self.c.persisted(b, self.now);
        self.run();
    }
    fn opened(&mut self) {
        self.pieces = Pieces::default();
        self.c.handle_opened(self.now);
        self.run();
    }
    fn connect_with(&mut self, config: Config, present: bool) {
        self.c.connect(config, self.now).expect("connect");
        self.opened();
        self.connack(present);
    }
    fn connect(&mut self, present: bool) {
        self.connect_with(cfg(self.v), present);
    }
    fn connack(&mut self, present: bool) {
        self.feed(&[Packet::ConnAck(ConnAck {
            session_present: present,
            reason: ReasonCode::SUCCESS,
            properties: Properties::default(),
        })]);
    }
    fn feed(&mut self, ps: &[Packet<'_>]) {
        let mut b = vec![];
        for p in ps {
            b.extend(encode(self.v, p));
        }
        self.c.handle_bytes(&b, self.now);
        self.run();
    }
    fn publish(&mut self, p: &str, q: QoS) -> u64 {
        let t = self
            .c
            .publish(support::message(p, q), self.now)
            .expect("publish");
        t
    }
    fn cut(&mut self) {
        self.c.handle_closed(None, self.now);
        self.run();
    }
    fn count(&self, n: &str) -> usize {
        self.sent.iter().filter(|s| s.starts_with(n)).count()
    }
}

fn q2<'a>(n: u16, dup: bool, payload: &'a [u8]) -> Packet<'a> {
    Packet::Publish(Publish {
        dup,
        qos: QoS::ExactlyOnce,
        retain: false,
        topic: "t",
        packet_id: Some(id(n)),
        properties: Properties::default(),
        payload,
    })
}
fn pubrel(n: u16) -> Packet<'static> {
    Packet::PubRel(Ack::new(id(n), ReasonCode::SUCCESS))
}

// 1. a repeated PUBLISH whose PUBREC is still owed when PUBREL comes blocks all later PUBRECs
#[test]
fn owed_pubrec_of_a_released_message_blocks_all_later_ones() {
    for v in support::VERSIONS {
        let mut h = H::new(v, Disk::new());
        h.run();
        h.connect(false);
        h.feed(&[q2(1, false, b"a")]);
        assert_eq!(h.count("PUBREC"), 1);
        // A 3.1.1 server repeats on a live connection; PUBREC crosses it
        h.feed(&[q2(1, true, b"a"), pubrel(1)]);
        h.feed(&[q2(2, false, b"b")]);
        h.feed(&[q2(3, false, b"c")]);
        assert!(
            h.sent.iter().any(|s| s.starts_with("PUBREC(2")),
            "{:#?}",
            h.log
        );
    }
}

// 2. starvation with an asynchronous store
#[test]
fn pubrec_starves_while_something_else_changes() {
    let mut h = H::new(Version::V5, Disk::new());
    h.run();
    h.connect(false);
    h.auto = false;
    h.publish("0", QoS::AtLeastOnce);
    h.run();
    h.feed(&[q2(1, false, b"a")]);
    for n in 1..50 {
        h.publish(&n.to_string(), QoS::AtLeastOnce);
        h.run();
        h.store();
        h.now += 100;
    }
    assert_eq!(
        h.count("PUBREC"),
        1,
        "5 s of publishing, the QoS 2 message stored for 4.9 of them: {:?}",
        h.disk.keys().collect::<Vec<_>>().len()
    );
}

// 3. two PUBRELs in one chunk with manual acknowledgement
#[test]
fn a_second_pubrel_in_the_same_chunk_acknowledges_for_the_application() {
    for v in support::VERSIONS {
        let mut h = H::new(v, Disk::new());
        h.run();
        h.connect_with(
            Config {
                manual_ack: true,
                ..cfg(v)
            },
            false,
        );
        h.feed(&[q2(1, false, b"a")]);
        h.feed(&[pubrel(1), pubrel(1)]);
        assert_eq!(h.del.len(), 1);
        assert_eq!(h.count("PUBCOMP"), 0, "{:#?}", h.log);
    }
}

// 4. QoS 0 told as sent, dropped by a stall
#[test]
fn a_qos_0_message_dropped_because_storing_failed_is_told_as_sent() {
    let mut h = H::new(Version::V5, Disk::new());
    h.run();
    h.connect(false);
    h.publish("x", QoS::ExactlyOnce);
    h.run();
    h.auto = false;
    let pid = h.c.in_flight().next().unwrap().0;
    h.c.handle_bytes(
        &encode(
            Version::V5,
            &Packet::PubRec(Ack::new(pid, ReasonCode::SUCCESS)),
        ),
        h.now,
    );
    let t = h.publish("zero", QoS::AtMostOnce);
    h.run();
    let (b, ch) = h.out.take().unwrap();
    let failed: Vec<_> = ch
        .iter()
        .map(|c| (c.name(), StorageError::Failed))
        .collect();
    h.c.not_persisted(b, &failed, h.now);
    h.run();
    assert_eq!(
        h.sent
            .iter()
            .filter(|s| s.starts_with("PUBLISH(q0"))
            .count(),
        0
    );
    assert!(
        !h.events
            .iter()
            .any(|e| matches!(e, Event::Sent(x) if *x == t)),
        "{:#?}",
        h.log
    );
}

// 5. a store that never answers the meta of a new session at the server: nothing ever ends
#[test]
fn a_store_that_never_answers_keeps_disconnect_and_connect_open_for_ever() {
    let mut h = H::new(Version::V5, Disk::new());
    h.run();
    h.auto = false;
    h.connect(false);
    assert!(h.out.is_some());
    let _ = h.c.disconnect(&DisconnectOptions::default(), h.now);
    h.run();
    for _ in 0..100 {
        if let Some(d) = h.c.deadline() {
            h.now = d.max(h.now);
        }
        h.c.handle_timeout(h.now);
        h.run();
    }
    h.c.handle_closed(None, h.now);
    h.run();
    assert!(
        h.events.iter().any(|e| matches!(e, Event::Disconnected(_))),
        "{:?} {:?} {:#?}",
        h.c.state(),
        h.c.deadline(),
        h.log
    );
}

// 6. lost session, page dies between o/ and meta of the batch that begins the outbox
#[test]
fn a_page_that_dies_within_the_first_batch_after_a_loss_gives_up_a_message_never_sent() {
    for v in support::VERSIONS {
        let mut h = H::new(v, Disk::new());
        h.run();
        h.connect(false);
        h.cut();
        h.publish("never sent", QoS::ExactlyOnce);
        h.run();
        assert!(h.disk.contains_key("o/0"));
        // the server has lost the session
        h.auto = false;
        h.c.connect(cfg(v), h.now).unwrap();
        h.run();
        while h.out.is_some() {
            h.store();
        }
        h.opened();
        while h.out.is_some() {
            h.store();
        }
        h.c.handle_bytes(
            &encode(
                v,
                &Packet::ConnAck(ConnAck {
                    session_present: false,
                    reason: ReasonCode::SUCCESS,
                    properties: Properties::default(),
                }),
            ),
            h.now,
        );
        h.run();
        h.store(); // meta: lost
        let (_, ch) = h.out.take().expect("the batch after settling");
        let names: Vec<_> = ch.iter().map(|c| c.name().to_string()).collect();
        assert_eq!(names, ["o/0", "meta"]);
        assert_eq!(h.count("PUBLISH"), 0);
        // the page dies between the two records
        let mut disk = h.disk.clone();
        H::apply(&mut disk, &ch[0]);
        let mut h = H::new(v, disk);
        h.run();
        h.connect(true);
        assert!(
            !h.events.iter().any(|e| matches!(e, Event::MessageLost(_))),
            "{:#?}",
            h.log
        );
        assert_eq!(h.count("PUBLISH"), 1, "{:#?}", h.log);
    }
}

// 7. 3.1.1: properties accepted before connect make an unreadable record
#[test]
fn properties_published_before_a_311_connect_make_a_record_nobody_can_read() {
    let mut h = H::new(Version::V311, Disk::new());
    h.run();
    let mut buffer = PropertyBuffer::default();
    buffer.push(Property::ContentType("text/plain")).unwrap();
    let r = h.c.publish(
        PublishRequest {
            properties: buffer
                .as_properties(PropertySet::Publish)
                .unwrap()
                .as_bytes(),
            ..support::message("x", QoS::AtLeastOnce)
        },
        h.now,
    );
    assert!(r.is_err(), "accepted into a 3.1.1 session");
}
#[test]
fn and_the_next_page_quarantines_it() {
    let mut h = H::new(Version::V311, Disk::new());
    h.run();
    let mut buffer = PropertyBuffer::default();
    buffer.push(Property::ContentType("text/plain")).unwrap();
    let _ = h.c.publish(
        PublishRequest {
            properties: buffer
                .as_properties(PropertySet::Publish)
                .unwrap()
                .as_bytes(),
            ..support::message("x", QoS::AtLeastOnce)
        },
        h.now,
    );
    h.run();
    let h = H::new(Version::V311, h.disk);
    drop(h);
}

// 8. another client id, nothing held: publish, then connect is refused for ever
#[test]
fn a_new_client_id_and_a_publish_before_connect_lock_the_session() {
    let mut h = H::named(Version::V5, Disk::new(), "old");
    h.run();
    h.connect_with(
        Config {
            client_id: "old".into(),
            ..cfg(Version::V5)
        },
        false,
    );
    h.cut();
    let mut h = H::named(Version::V5, h.disk, "new");
    h.run();
    h.publish("x", QoS::AtLeastOnce);
    h.run();
    let r = h.c.connect(
        Config {
            client_id: "new".into(),
            ..cfg(Version::V5)
        },
        h.now,
    );
    assert!(r.is_ok(), "{r:?}");
}
#[test]
fn a_new_version_and_a_publish_before_connect_lock_the_session() {
    let mut h = H::new(Version::V311, Disk::new());
    h.run();
    h.connect(false);
    h.cut();
    let mut h = H::new(Version::V5, h.disk);
    h.run();
    h.publish("x", QoS::AtLeastOnce);
    h.run();
    let r = h.c.connect(cfg(Version::V5), h.now);
    assert!(r.is_ok(), "{r:?}");
}

// 9. batch numbers begin anew after discard
#[test]
fn an_old_batch_answers_for_a_new_one_after_discard() {
    let mut h = H::new(Version::V5, Disk::new());
    h.auto = false;
    h.run();
    let (old, _) = h.out.take().unwrap();
    h.c.discard().unwrap();
    h.c.recover(&[], support::ID, Version::V5).unwrap();
    h.publish("x", QoS::AtLeastOnce);
    h.run();
    assert!(h.out.is_some());
    h.c.persisted(old, h.now);
    h.run();
    assert!(
        !h.events.iter().any(|e| matches!(e, Event::Stored(_))),
        "told as stored, its batch is still out"
    );
}

// 10. lacking: a stale name delays a PUBREC
#[test]
fn a_record_that_lacked_room_and_is_needed_no_more_is_forgotten() {
    let v = Version::V5;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect(false);
    h.feed(&[q2(7, false, b"known")]);
    h.auto = false;
    h.feed(&[q2(5, false, b"a")]);
    let (b, ch) = h.out.take().unwrap();
    let failed: Vec<_> = ch
        .iter()
        .map(|c| (c.name(), StorageError::Full { needed: 9 }))
        .collect();
    h.c.not_persisted(b, &failed, h.now);
    h.run();
    // The message under 5 goes with the session: server resumes, sends another without DUP? simply: PUBREL without PUBREC
    h.feed(&[pubrel(5)]);
    h.auto = true;
    if h.out.is_some() {
        h.store();
    }
    h.cut();
    h.connect(true);
    h.sent.clear();
    h.feed(&[q2(7, true, b"known")]);
    assert_eq!(h.count("PUBREC"), 1, "{:#?}", h.log);
}

// 11. old ticket acknowledges a message of a new session
#[test]
fn a_ticket_of_a_discarded_session_acknowledges_another_message() {
    let v = Version::V5;
    let c = || Config {
        manual_ack: true,
        ..cfg(v)
    };
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect_with(c(), false);
    h.feed(&[q2(1, false, b"a")]);
    h.feed(&[pubrel(1)]);
    let old = h.del[0].ticket.unwrap();
    h.cut();
    h.c.discard().unwrap();
    h.c.recover(&[], support::ID, v).unwrap();
    h.run();
    h.connect_with(c(), false);
    h.feed(&[q2(1, false, b"b")]);
    h.feed(&[pubrel(1)]);
    assert_eq!(h.del.len(), 2);
    h.c.handled(old, h.now);
    h.run();
    assert_eq!(h.count("PUBCOMP"), 0);
}

// 12. recover over a client that holds messages
#[test]
fn making_a_client_durable_that_holds_messages_is_refused_or_told() {
    let mut c = Client::new(7);
    c.connect(cfg(Version::V5), START).unwrap();
    let t = c
        .publish(support::message("x", QoS::ExactlyOnce), START)
        .unwrap();
    c.handle_closed(None, START);
    while c.poll_output().is_some() {}
    assert_eq!(c.outbox().len(), 1);
    let r = c.recover(&[], support::ID, Version::V5);
    let mut told = r.is_err();
    while let Some(o) = c.poll_output() {
        told |= matches!(&o, Output::Event(Event::MessageLost(l)) if l.token == Some(t));
    }
    assert!(
        told || c.outbox().len() == 1,
        "the message is gone without a word"
    );
}

// 13. clock/lacking variant by a legal server: session lost while a message lacked room
#[test]
fn a_lacking_record_of_a_lost_session_delays_pubrec() {
    let v = Version::V5;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect(false);
    h.auto = false;
    h.feed(&[q2(5, false, b"a")]);
    let (b, ch) = h.out.take().unwrap();
    let failed: Vec<_> = ch
        .iter()
        .map(|c| (c.name(), StorageError::Full { needed: 9 }))
        .collect();
    h.c.not_persisted(b, &failed, h.now);
    h.run();
    h.auto = true;
    h.cut();
    h.connect(false);
    h.feed(&[q2(7, false, b"b")]);
    assert_eq!(h.count("PUBREC"), 1);
    h.sent.clear();
    h.feed(&[q2(7, true, b"b")]);
    assert_eq!(h.count("PUBREC"), 1, "{:#?}", h.log);
}

// 14. hand_over by id only: release + reuse in one chunk, manual
#[test]
fn an_identifier_released_and_used_again_in_one_chunk_with_manual_ack() {
    let v = Version::V5;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect_with(
        Config {
            manual_ack: true,
            ..cfg(v)
        },
        false,
    );
    h.feed(&[q2(1, false, b"a")]);
    h.feed(&[pubrel(1), q2(1, false, b"b")]);
    h.feed(&[pubrel(1)]);
    assert_eq!(h.del.len(), 2, "{:#?}", h.log);
}

// 15. the same without manual ack
#[test]
fn an_identifier_released_and_used_again_in_one_chunk() {
    for v in support::VERSIONS {
        for auto in [true, false] {
            let mut h = H::new(v, Disk::new());
            h.run();
            h.connect(false);
            h.feed(&[q2(1, false, b"a")]);
            h.auto = auto;
            h.feed(&[pubrel(1), q2(1, false, b"b")]);
            while h.out.is_some() {
                h.store();
            }
            h.feed(&[pubrel(1)]);
            while h.out.is_some() {
                h.store();
            }
            assert_eq!(h.del.len(), 2, "{:#?}", h.log);
        }
    }
}

// 16. owed list of a server that repeats while storage is full
#[test]
fn owed_does_not_grow_with_repetitions() {
    let v = Version::V311;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect(false);
    h.auto = false;
    for n in 0..5 {
        h.feed(&[q2(5, n > 0, b"a")]);
        let Some((b, ch)) = h.out.take() else {
            continue;
        };
        let failed: Vec<_> = ch
            .iter()
            .map(|c| (c.name(), StorageError::Full { needed: 9 }))
            .collect();
        h.c.not_persisted(b, &failed, h.now);
        h.run();
    }
    h.auto = true;
    h.publish("x", QoS::AtLeastOnce);
    h.run();
    assert_eq!(h.count("PUBREC"), 1, "{:?}", h.sent);
}

// 17. disconnected while a slow store has the batch; a new connection; then the batch fails for a new message
#[test]
fn a_batch_of_an_earlier_connection_that_fails_takes_back_cleanly() {
    let v = Version::V5;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect(false);
    h.auto = false;
    let t = h.publish("x", QoS::ExactlyOnce);
    h.run();
    let (b, ch) = h.out.take().unwrap();
    h.cut();
    h.c.connect(cfg(v), h.now).unwrap();
    h.opened();
    let failed: Vec<_> = ch
        .iter()
        .filter(|c| c.name() != RecordName::Meta)
        .map(|c| (c.name(), StorageError::Full { needed: 9 }))
        .collect();
    h.c.not_persisted(b, &failed, h.now);
    h.auto = true;
    h.run();
    h.connack(true);
    assert_eq!(
        h.events
            .iter()
            .filter(|e| matches!(e, Event::MessageLost(l) if l.token == Some(t)))
            .count(),
        1
    );
    assert_eq!(h.count("PUBLISH"), 0);
    assert_eq!(h.c.packet_ids_in_use(), 0);
}

// 18. pumped while its first record is out, which then fails
#[test]
fn pumped_while_its_first_record_is_out() {
    let v = Version::V5;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect(false);
    h.cut();
    h.auto = false;
    let t = h.publish("x", QoS::ExactlyOnce);
    h.run();
    let (b, ch) = h.out.take().unwrap();
    assert!(ch.iter().any(|c| c.name() == RecordName::Outgoing(0)));
    h.c.connect(cfg(v), h.now).unwrap();
    h.opened();
    let failed: Vec<_> = ch
        .iter()
        .map(|c| (c.name(), StorageError::Full { needed: 9 }))
        .collect();
    h.c.not_persisted(b, &failed[..1], h.now);
    h.run();
    h.auto = true;
    if h.out.is_some() {
        h.store();
    }
    h.connack(true);
    assert_eq!(
        h.events
            .iter()
            .filter(|e| matches!(e, Event::MessageLost(l) if l.token == Some(t)))
            .count(),
        1
    );
    assert_eq!(h.count("PUBLISH"), 0);
}

// 19. whenSessionLost asked twice for one message on one connection?
#[test]
fn asked_once_a_connection() {
    let v = Version::V5;
    let c = || Config {
        when_session_lost: WhenSessionLost::Ask,
        ..cfg(v)
    };
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect_with(c(), false);
    h.publish("x", QoS::ExactlyOnce);
    h.publish("y", QoS::AtLeastOnce);
    h.run();
    h.cut();
    h.connect_with(c(), false);
    let asked: Vec<u64> = h
        .events
        .iter()
        .filter_map(|e| match e {
            Event::Undecided { seq, .. } => Some(*seq),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [0, 1]);
    h.publish("z", QoS::AtLeastOnce);
    h.run();
    h.c.decide(0, true, h.now);
    h.run();
    h.cut();
    h.connect_with(c(), true);
    let asked = h
        .events
        .iter()
        .filter(|e| matches!(e, Event::Undecided { .. }))
        .count();
    assert_eq!(asked, 4);
    h.c.decide(0, true, h.now);
    h.c.decide(1, false, h.now);
    h.run();
    assert!(
        h.sent
            .iter()
            .filter(|s| s.starts_with("PUBLISH DUP"))
            .count()
            == 0,
        "{:?}",
        h.sent
    );
    assert_eq!(h.count("PUBLISH"), 4, "{:?}", h.sent);
}

// 20. 3.1.1 republish of what was never handed to the transport
#[test]
fn republishing_waits_for_the_first_sending() {
    let v = Version::V311;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect_with(
        Config {
            republish_interval: 1000,
            ..cfg(v)
        },
        false,
    );
    h.auto = false;
    h.publish("x", QoS::ExactlyOnce);
    h.run();
    for _ in 0..5 {
        h.now += 1000;
        h.c.handle_timeout(h.now);
        h.run();
    }
    while h.out.is_some() {
        h.store();
    }
    assert_eq!(
        h.sent.iter().filter(|s| s.starts_with("PUBLISH(")).count(),
        1,
        "{:?}",
        h.sent
    );
}
// 21. a keep alive is answered while the store takes its time
#[test]
fn pingreq_does_not_wait_for_storage() {
    let v = Version::V5;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.connect_with(
        Config {
            keep_alive: 10,
            ..cfg(v)
        },
        false,
    );
    h.auto = false;
    h.publish("x", QoS::ExactlyOnce);
    h.run();
    for _ in 0..4 {
        let Some(d) = h.c.deadline() else { break };
        h.now = d;
        h.c.handle_timeout(h.now);
        h.run();
    }
    assert!(
        h.sent.iter().any(|s| s == "PINGREQ"),
        "{:?} {:#?}",
        h.sent,
        h.log
    );
}

// 22. a void batch stored what the next one cannot: told as lost, and in storage
#[test]
fn what_a_void_batch_stored_is_not_told_as_not_stored() {
    let v = Version::V5;
    let mut h = H::new(v, Disk::new());
    h.run();
    h.auto = false;
    let t = h.publish("x", QoS::ExactlyOnce);
    h.run();
    h.c.rewrite();
    h.store();
    assert!(h.disk.contains_key("o/0"));
    let (b, ch) = h.out.take().unwrap();
    let failed: Vec<_> = ch
        .iter()
        .map(|c| (c.name(), StorageError::Full { needed: 9 }))
        .collect();
    h.c.not_persisted(b, &failed, h.now);
    h.auto = true;
    h.run();
    h.connect(false);
    let lost = h
        .events
        .iter()
        .any(|e| matches!(e, Event::MessageLost(l) if l.token == Some(t)));
    assert!(
        !(lost && h.disk.contains_key("o/0")),
        "told as not delivered, and the next page sends it"
    );
}
