//! The saved session: golden strings, every single damage, and random sessions there and back.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use mqtt_mooring::client::Client;
use mqtt_mooring::codec::{
    ConnAck, Packet, Property, QoS, ReasonCode, RetainHandling, SubscriptionOptions, Version,
};
use mqtt_mooring::error::{RestoreError, SnapshotError};
use mqtt_mooring::session::Session;
use mqtt_mooring::session::inbound::{Incoming, IncomingStage};
use mqtt_mooring::session::message::Message;
use mqtt_mooring::session::outbound::{Outgoing, OutgoingStage, Queued};
use mqtt_mooring::session::snapshot::{restore, save};
use mqtt_mooring::session::subscriptions::Subscription;
use proptest::prelude::*;
use support::*;

const GOLDEN_V311: &str = include_str!("golden/format1-mqtt311.txt");
const GOLDEN_V5: &str = include_str!("golden/format1-mqtt5.txt");
const GOLDEN_2: &str = include_str!("golden/format2-mqtt311.txt");

/// When the golden sessions were saved.
const SAVED_AT: u64 = 1_000_000;

fn outgoing(seq: u64, order: u64, stage: OutgoingStage, message: Box<Message>) -> Outgoing {
    Outgoing {
        seq,
        order,
        stage,
        message,
        token: None,
        unsent: false,
        stored: true,
        was_sent: false,
    }
}

fn incoming(seq: u64, stage: IncomingStage, message: Box<Message>) -> Incoming {
    Incoming {
        seq,
        stage,
        message,
        seen_on: 0,
        handed: false,
        released_on: 0,
        inherited: false,
    }
}

fn put(session: &mut Session, number: u16, outgoing: Outgoing) {
    assert!(session.ids.reserve(id(number)));
    assert!(session.outbound.restore_in_flight(id(number), outgoing));
}

/// Every stage there is, a queued message, a half-received one, a subscription; saved while connected.
fn golden_v311() -> Session {
    let mut session = Session::new(Version::V311, "ab", 0x7F);
    session.established = true;
    session.expiry_interval = 0;
    session.base_revision = 77;
    session.ids.set_cursor(300);
    put(
        &mut session,
        1,
        outgoing(
            0,
            0,
            OutgoingStage::AwaitingPubAck,
            stored_message("t/1", b"one", QoS::AtLeastOnce),
        ),
    );
    put(
        &mut session,
        200,
        outgoing(
            1,
            1,
            OutgoingStage::AwaitingPubRec,
            stored_message("t/2", b"two", QoS::ExactlyOnce),
        ),
    );
    put(
        &mut session,
        255,
        outgoing(
            2,
            4,
            OutgoingStage::PubRecReceived,
            stored_message("t/3", b"", QoS::ExactlyOnce),
        ),
    );
    put(
        &mut session,
        256,
        outgoing(
            3,
            5,
            OutgoingStage::AwaitingPubComp,
            stored_message("t/4", b"", QoS::ExactlyOnce),
        ),
    );
    put(
        &mut session,
        65_535,
        outgoing(
            4,
            3,
            OutgoingStage::Abandoned,
            stored_message("t/5", b"", QoS::ExactlyOnce),
        ),
    );
    let mut queued = stored_message("q", &[0, 255], QoS::AtLeastOnce);
    queued.retain = true;
    session.outbound.restore_queued(Queued {
        seq: 6,
        message: queued,
        token: None,
        stored: true,
        was_sent: false,
    });
    session.outbound.reserve_seq(130);
    assert!(session.inbound.restore(
        id(9),
        incoming(
            2,
            IncomingStage::SendingPubRec,
            stored_message("i/1", b"in", QoS::ExactlyOnce)
        )
    ));
    assert!(session.inbound.restore(
        id(8),
        incoming(
            3,
            IncomingStage::AwaitingPubRel,
            stored_message("i/2", "ü".as_bytes(), QoS::ExactlyOnce)
        )
    ));
    let subscription = Subscription {
        options: SubscriptionOptions::qos(QoS::ExactlyOnce),
        identifier: None,
    };
    session.subscriptions.granted("i/+", subscription);
    session
}

/// What MQTT 5 adds: properties, expiries, subscription options; saved after the connection ended.
fn golden_v5() -> Session {
    let mut session = Session::new(Version::V5, "ä", u64::MAX);
    session.established = true;
    session.expiry_interval = 604_800;
    session.base_revision = 300;
    session.disconnected_at = Some(999_999);
    session.ids.set_cursor(2);
    let mut message = stored_message("t", b"x", QoS::ExactlyOnce);
    message.properties = encoded(&[Property::UserProperty("k", "v")]).into();
    message.expires_at = Some(1_060_000);
    put(
        &mut session,
        1,
        outgoing(0, 0, OutgoingStage::AwaitingPubRec, message),
    );
    session.outbound.reserve_seq(1);
    let mut held = stored_message("i", b"y", QoS::ExactlyOnce);
    held.properties = encoded(&[
        Property::SubscriptionIdentifier(5),
        Property::SubscriptionIdentifier(6),
    ])
    .into();
    assert!(
        session
            .inbound
            .restore(id(7), incoming(0, IncomingStage::AwaitingPubRel, held))
    );
    let subscription = Subscription {
        options: SubscriptionOptions {
            qos: QoS::AtLeastOnce,
            no_local: true,
            retain_as_published: true,
            retain_handling: RetainHandling::DoNotSend,
        },
        identifier: Some(200),
    };
    session.subscriptions.granted("$share/g/i", subscription);
    session
}

/// The body of a saved session and its checksum, read by the rules of RFC 4648 §5.
fn body(text: &str) -> (Vec<u8>, [u8; 4]) {
    let encoded = text.trim_end().strip_prefix("mooring1:").expect("format 1");
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut pending, mut bits) = (Vec::new(), 0u32, 0);
    for character in encoded.bytes() {
        let value = alphabet
            .iter()
            .position(|a| *a == character)
            .expect("base64url");
        pending = pending << 6 | value as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits) as u8);
        }
    }
    let sum = bytes.split_off(bytes.len() - 4);
    (bytes, sum.try_into().expect("four"))
}

/// A body as a saved session, with a right checksum: what a forger would make.
fn forge(body: &[u8]) -> String {
    let mut crc = u32::MAX;
    for byte in [0, 0, 0, 1].iter().chain(body) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut text, mut pending, mut bits) = (String::from("mooring1:"), 0u32, 0);
    for byte in body.iter().chain(&(!crc).to_be_bytes()) {
        pending = pending << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 6 {
            bits -= 6;
            text.push(char::from(alphabet[(pending >> bits & 63) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(alphabet[(pending << (6 - bits) & 63) as usize]));
    }
    text
}

/// Appends a length and the bytes.
fn field(body: &mut Vec<u8>, bytes: &[u8]) {
    body.push(bytes.len() as u8);
    body.extend_from_slice(bytes);
}

/// What format 2 can say beyond format 1: the server has lost the session, and a message has a key.
fn golden_2() -> Session {
    let mut session = golden_v311();
    session.lost = true;
    let mut keyed = stored_message("k", b"", QoS::ExactlyOnce);
    keyed.key = Some("order 17".into());
    session.outbound.restore_queued(Queued {
        seq: 7,
        message: keyed,
        token: None,
        stored: true,
        was_sent: false,
    });
    session
}

#[test]
fn golden_strings_are_what_is_written_today() {
    assert_eq!(save(&golden_2(), SAVED_AT), GOLDEN_2.trim_end());
}

#[test]
fn golden_strings_stay_readable() {
    for (golden, session) in [
        (GOLDEN_V311, golden_v311()),
        (GOLDEN_V5, golden_v5()),
        (GOLDEN_2, golden_2()),
    ] {
        let saved = restore(golden).expect("every format for ever");
        assert_eq!(saved.saved_at, SAVED_AT);
        assert_eq!(saved.session.uid, session.uid);
        assert_eq!(saved.session.client_id, session.client_id);
        assert_eq!(saved.session.disconnected_at, session.disconnected_at);
        assert_eq!(saved.session.expiry_interval, session.expiry_interval);
        assert!(saved.session.established);
        assert_eq!(saved.session.lost, session.lost);
        assert_eq!(save(&saved.session, SAVED_AT), save(&session, SAVED_AT));
        // As it was copied: with spaces and a line break around it.
        assert!(restore(&format!(" \n{golden}\r\n ")).is_ok());
    }
}

#[test]
fn the_fields_of_3_1_1_lie_byte_for_byte_where_format_1_has_them() {
    let mut expected = vec![4, 1]; // MQTT 3.1.1; established
    field(&mut expected, b"ab"); // client id
    expected.extend([0xC0, 0x84, 0x3D]); // saved at 1,000,000
    expected.push(0); // disconnected at: connected
    expected.push(0); // session expiry interval
    expected.push(0x7F); // session uid
    expected.push(77); // revision
    expected.extend([0xAC, 0x02]); // packet id cursor 300
    expected.extend([0x82, 0x01]); // next message number 130
    expected.push(5); // outgoing count
    for (id, stage, seq, order, flags, topic, payload) in [
        (&[1][..], 1, 0, 0, 1, "t/1", "one"),
        (&[0xC8, 0x01][..], 2, 1, 1, 2, "t/2", "two"),
        (&[0xFF, 0x01][..], 3, 2, 4, 2, "t/3", ""),
        (&[0x80, 0x02][..], 4, 3, 5, 2, "t/4", ""),
        (&[0xFF, 0xFF, 0x03][..], 5, 4, 3, 2, "t/5", ""),
    ] {
        expected.extend(id);
        expected.extend([stage, seq, order, flags]);
        field(&mut expected, topic.as_bytes());
        field(&mut expected, &[]); // properties
        expected.push(0); // expiry: none
        field(&mut expected, payload.as_bytes());
    }
    expected.push(1); // outbox count
    expected.extend([6, 1 | 4]); // number; QoS 1, retained
    field(&mut expected, b"q");
    field(&mut expected, &[]);
    expected.push(0);
    field(&mut expected, &[0, 255]);
    expected.push(2); // incoming count
    for (id, stage, seq, topic, payload) in [(8, 2, 3, "i/2", "ü"), (9, 1, 2, "i/1", "in")] {
        expected.extend([id, stage, seq, 2]);
        field(&mut expected, topic.as_bytes());
        field(&mut expected, &[]);
        expected.push(0);
        field(&mut expected, payload.as_bytes());
    }
    expected.push(1); // subscription count
    field(&mut expected, b"i/+");
    expected.push(2); // options: QoS 2
    expected.push(0); // identifier: none
    assert_eq!(body(GOLDEN_V311).0, expected);
    assert_eq!(forge(&expected), GOLDEN_V311.trim_end());
}

#[test]
fn the_fields_of_5_lie_byte_for_byte_where_format_1_has_them() {
    let mut expected = vec![5, 1]; // MQTT 5; established
    field(&mut expected, "ä".as_bytes());
    expected.extend([0xC0, 0x84, 0x3D]); // saved at
    expected.extend([0xC0, 0x84, 0x3D]); // disconnected at 999,999, and one
    expected.extend([0x80, 0xF5, 0x24]); // session expiry interval 604,800
    expected.extend([0xFF; 9]); // session uid, the largest number there is
    expected.push(0x01);
    expected.extend([0xAC, 0x02]); // revision 300
    expected.push(2); // packet id cursor
    expected.push(1); // next message number
    expected.extend([1, 1, 2, 0, 0, 2]); // one outgoing: id, stage, number, order, QoS 2
    field(&mut expected, b"t");
    field(&mut expected, &[0x26, 0, 1, b'k', 0, 1, b'v']);
    expected.extend([0xA1, 0xD9, 0x40]); // expires at 1,060,000, and one
    field(&mut expected, b"x");
    expected.push(0); // outbox count
    expected.extend([1, 7, 2, 0, 2]); // one incoming: id, stage, number, QoS 2
    field(&mut expected, b"i");
    field(&mut expected, &[0x0B, 5, 0x0B, 6]);
    expected.push(0); // expiry: none
    field(&mut expected, b"y");
    expected.push(1); // subscription count
    field(&mut expected, b"$share/g/i");
    expected.push(1 | 4 | 8 | 2 << 4); // QoS 1, no local, retain as published, do not send
    expected.extend([0xC8, 0x01]); // identifier 200
    assert_eq!(body(GOLDEN_V5).0, expected);
    assert_eq!(forge(&expected), GOLDEN_V5.trim_end());
}

#[test]
fn every_truncation_and_every_single_change_is_an_error_and_changes_nothing() {
    for (golden, version, client_id) in [
        (GOLDEN_V311, Version::V311, "ab"),
        (GOLDEN_V5, Version::V5, "ä"),
    ] {
        let golden = golden.trim_end();
        let mut client = Client::new(3);
        client
            .restore(golden, client_id, version, SAVED_AT)
            .expect("whole");
        let before = client.save(SAVED_AT);
        let mut bad: Vec<String> = (1..golden.len()).map(|n| golden[..n].into()).collect();
        for at in 0..golden.len() {
            for byte in (b' '..=b'~').chain([0, b'\n', 0x7F]) {
                let mut bytes = golden.as_bytes().to_vec();
                if bytes[at] != byte {
                    bytes[at] = byte;
                    bad.push(String::from_utf8(bytes).expect("ASCII"));
                }
            }
            let mut text = golden.to_owned();
            text.insert(at, 'A');
            bad.push(text);
            let mut text = golden.to_owned();
            text.remove(at);
            bad.push(text);
            let mut text = golden.to_owned();
            text.replace_range(at..=at, "é");
            bad.push(text);
        }
        for text in bad {
            if text == golden {
                continue; // One of two equal characters was removed, or one inserted before another.
            }
            let result = client.restore(&text, client_id, version, SAVED_AT);
            assert!(
                matches!(result, Err(RestoreError::Snapshot(_))),
                "{text}: {result:?}"
            );
        }
        assert_eq!(client.save(SAVED_AT), before);
    }
}

#[test]
fn every_truncation_of_the_body_is_an_error_even_with_a_right_checksum() {
    for golden in [GOLDEN_V311, GOLDEN_V5] {
        let (whole, _) = body(golden);
        for length in 0..whole.len() {
            let error = restore(&forge(&whole[..length])).expect_err("cut");
            assert!(
                matches!(error, SnapshotError::Truncated { .. }),
                "{length}: {error}"
            );
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(
            restore(&forge(&longer)).expect_err("longer"),
            SnapshotError::Invalid {
                field: "end of session"
            }
        );
    }
}

#[test]
fn a_client_identifier_that_no_connect_can_say_is_refused() {
    let longest = "a".repeat(65_535);
    assert!(restore(&save(&Session::new(Version::V5, &longest, 1), 0)).is_ok());
    for client_id in ["a\0b", &"a".repeat(65_536)] {
        let text = save(&Session::new(Version::V5, client_id, 1), 0);
        let field = "client id";
        let error = SnapshotError::Invalid { field };
        assert_eq!(restore(&text).expect_err("unspeakable"), error);
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let client = |text: &str| {
        Client::new(1)
            .restore(text, "", Version::V5, SAVED_AT)
            .expect_err(text)
    };
    let snapshot = |error| RestoreError::Snapshot(error);
    assert_eq!(client("{}"), snapshot(SnapshotError::NotASession));
    assert_eq!(client("mooring"), snapshot(SnapshotError::NotASession));
    assert_eq!(
        client("mooring0:AAAA"),
        snapshot(SnapshotError::NotASession)
    );
    assert_eq!(
        client("mooringx:AAAA"),
        snapshot(SnapshotError::NotASession)
    );
    let newer = SnapshotError::NewerFormat {
        format: 3,
        newest: 2,
    };
    assert_eq!(client("mooring3:AAAA"), snapshot(newer));
    assert_eq!(
        client("mooring1:A*AA"),
        snapshot(SnapshotError::BadCharacter)
    );
    assert_eq!(client("mooring1:"), snapshot(SnapshotError::Checksum));
    let golden = GOLDEN_V5.trim_end();
    let mut clients = Client::new(1);
    let now = 999_999 + 604_800_000;
    assert_eq!(
        clients.restore(golden, "b", Version::V5, SAVED_AT),
        Err(RestoreError::OtherClient { saved: "ä".into() })
    );
    assert_eq!(
        clients.restore(golden, "ä", Version::V311, SAVED_AT),
        Err(RestoreError::OtherVersion { saved: Version::V5 })
    );
    assert_eq!(
        clients.restore(golden, "ä", Version::V5, now + 7_000),
        Err(RestoreError::Expired { seconds: 7 })
    );
    assert_eq!(clients.restore(golden, "ä", Version::V5, now - 1), Ok(()));
}

#[test]
fn forged_contents_name_the_field() {
    type Change = fn(&mut Session);
    let cases: [(&str, Change); 9] = [
        ("outgoing stage", |s| {
            put(
                s,
                1,
                outgoing(
                    0,
                    0,
                    OutgoingStage::AwaitingPubAck,
                    stored_message("t", b"", QoS::ExactlyOnce),
                ),
            );
        }),
        ("outgoing stage", |s| {
            put(
                s,
                1,
                outgoing(
                    0,
                    0,
                    OutgoingStage::AwaitingPubAck,
                    stored_message("t", b"", QoS::AtMostOnce),
                ),
            );
        }),
        ("outgoing number", |s| {
            put(
                s,
                1,
                outgoing(
                    500,
                    0,
                    OutgoingStage::AwaitingPubRec,
                    stored_message("t", b"", QoS::ExactlyOnce),
                ),
            );
        }),
        ("outgoing order", |s| {
            let order = u64::MAX;
            put(
                s,
                1,
                outgoing(
                    0,
                    order,
                    OutgoingStage::AwaitingPubRec,
                    stored_message("t", b"", QoS::ExactlyOnce),
                ),
            );
        }),
        ("next message number", |s| s.outbound.reserve_seq(u64::MAX)),
        ("outbox QoS", |s| {
            let message = stored_message("t", b"", QoS::AtMostOnce);
            s.outbound.restore_queued(Queued {
                seq: 0,
                message,
                token: None,
                stored: true,
                was_sent: false,
            });
        }),
        ("message topic", |s| {
            let message = stored_message("a/#", b"", QoS::AtLeastOnce);
            s.outbound.restore_queued(Queued {
                seq: 0,
                message,
                token: None,
                stored: true,
                was_sent: false,
            });
        }),
        ("message properties", |s| {
            let mut message = stored_message("t", b"", QoS::AtLeastOnce);
            message.properties = encoded(&[Property::MessageExpiryInterval(1)]).into();
            s.outbound.restore_queued(Queued {
                seq: 0,
                message,
                token: None,
                stored: true,
                was_sent: false,
            });
        }),
        ("incoming number", |s| {
            let held = stored_message("t", b"", QoS::ExactlyOnce);
            s.inbound.restore(
                id(1),
                incoming(u64::MAX, IncomingStage::AwaitingPubRel, held),
            );
        }),
    ];
    for (field, change) in cases {
        let mut session = Session::new(Version::V5, "a", 1);
        session.outbound.reserve_seq(10);
        change(&mut session);
        let error = restore(&save(&session, SAVED_AT)).expect_err(field);
        assert_eq!(error, SnapshotError::Invalid { field });
    }
}

#[test]
fn identifiers_move_on_after_every_restore() {
    // Whatever was handed out between the saving and the crash: nothing near it is handed out again.
    for version in VERSIONS {
        let mut pair = Pair::connected(version);
        pair.send("x", QoS::AtLeastOnce);
        pair.run();
        let unclean = pair.client.save(pair.now);
        pair.break_link();
        let clean = pair.client.save(pair.now);
        let mut firsts = std::collections::BTreeSet::new();
        for saved in [unclean, clean] {
            for _ in 0..10 {
                pair.reload();
                pair.client
                    .restore(&saved, ID, version, pair.now)
                    .expect("good");
                pair.establish();
                pair.server.seen.clear();
                pair.send("y", QoS::AtLeastOnce);
                pair.run();
                let number = pair.server.seen[0].1.expect("QoS 1").get();
                assert!((16_000..50_000).contains(&number), "{number}");
                firsts.insert(number);
            }
        }
        assert!(
            firsts.len() > 15,
            "the same old string leads elsewhere each time"
        );
    }
}

fn any_message(version: Version, qos: Option<QoS>) -> impl Strategy<Value = Box<Message>> {
    let qos = match qos {
        Some(qos) => Just(qos).boxed(),
        None => prop_oneof![Just(QoS::AtLeastOnce), Just(QoS::ExactlyOnce)].boxed(),
    };
    let properties = match version {
        Version::V311 => Just(Vec::new()).boxed(),
        Version::V5 => ("[a-z]{0,5}", any::<bool>())
            .prop_map(|(value, some)| match some {
                true => encoded(&[Property::ContentType(&value)]),
                false => Vec::new(),
            })
            .boxed(),
    };
    let payload = proptest::collection::vec(any::<u8>(), 0..40);
    let expiry = proptest::option::of(0..u64::MAX);
    (
        "[a-zé/]{1,20}",
        payload,
        qos,
        any::<bool>(),
        properties,
        expiry,
    )
        .prop_map(|(topic, payload, qos, retain, properties, expires_at)| {
            Box::new(Message {
                key: None,
                topic: topic.into(),
                payload: payload.into(),
                qos,
                retain,
                properties: properties.into(),
                expires_at,
            })
        })
}

fn any_session() -> impl Strategy<Value = Session> {
    prop_oneof![Just(Version::V311), Just(Version::V5)].prop_flat_map(|version| {
        let stage = 0..5u8;
        let ids = proptest::collection::btree_map(
            1..=u16::MAX,
            (any_message(version, None), stage, 0..1_000u64),
            0..8,
        );
        let queued = proptest::collection::vec(any_message(version, None), 0..8);
        let two = Some(QoS::ExactlyOnce);
        let held = proptest::collection::btree_map(1..=u16::MAX, any_message(version, two), 0..8);
        let filters = proptest::collection::btree_map(
            "[a-z]{1,9}(/\\+)?(/#)?",
            (0..3u8, proptest::option::of(1..=268_435_455u32)),
            0..5,
        );
        let head = (
            "[a-z0-9]{0,23}",
            any::<u64>(),
            any::<u32>(),
            proptest::option::of(0..u64::MAX),
            any::<u16>(),
        );
        (head, ids, queued, held, filters).prop_map(move |(head, ids, queued, held, filters)| {
            let mut session = Session::new(version, &head.0, head.1);
            session.expiry_interval = head.2;
            session.disconnected_at = head.3;
            session.ids.set_cursor(head.4);
            let mut seq = 0;
            for (number, (message, stage, order)) in ids {
                let stage = match message.qos {
                    QoS::ExactlyOnce => OutgoingStage::from_byte(2 + stage % 4).expect("2 to 5"),
                    _ => OutgoingStage::AwaitingPubAck,
                };
                put(&mut session, number, outgoing(seq, order, stage, message));
                seq += 1;
            }
            for message in queued {
                session.outbound.restore_queued(Queued {
                    seq,
                    message,
                    token: None,
                    stored: true,
                    was_sent: false,
                });
                seq += 1;
            }
            session.outbound.reserve_seq(seq);
            for (index, (number, message)) in (0..).zip(held) {
                session.inbound.restore(
                    id(number),
                    incoming(index, IncomingStage::AwaitingPubRel, message),
                );
            }
            for (filter, (qos, identifier)) in filters {
                let options = SubscriptionOptions::qos(QoS::from_bits(qos).expect("0 to 2"));
                session.subscriptions.granted(
                    &filter,
                    Subscription {
                        options,
                        identifier,
                    },
                );
            }
            session
        })
    })
}

proptest! {
    #[test]
    fn any_session_comes_back_as_it_was(session in any_session(), saved_at in any::<u64>()) {
        let text = save(&session, saved_at);
        let saved = restore(&text).expect("what was just saved");
        prop_assert_eq!(saved.saved_at, saved_at);
        prop_assert_eq!(saved.session.ids.in_use(), session.ids.in_use());
        prop_assert_eq!(saved.session.bytes(), session.bytes());
        prop_assert_eq!(saved.session.outbound.outbox_bytes(), session.outbound.outbox_bytes());
        prop_assert_eq!(save(&saved.session, saved_at), text);
    }

    #[test]
    fn no_forged_body_makes_anything_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = restore(&forge(&bytes));
    }

    #[test]
    fn a_forged_change_of_a_good_body_never_makes_the_machine_panic(
        five in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let version = if five { Version::V5 } else { Version::V311 };
        let (mut bytes, _) = body(if five { GOLDEN_V5 } else { GOLDEN_V311 });
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let mut pair = Pair::new(version);
        pair.now = SAVED_AT;
        pair.config.client_id = String::new();
        pair.config.resume_without_state = true;
        if pair.client.restore(&forge(&bytes), "", version, SAVED_AT).is_ok() {
            let again = pair.client.save(SAVED_AT);
            prop_assert!(restore(&again).is_ok());
            if !pair.client.client_id().is_empty() {
                let id = pair.client.client_id().to_owned();
                pair.server.session_mut(&id);
                pair.connect();
                pair.run();
                // Anything goes: nothing may be left in flight but what was abandoned or half received.
                let waiting = pair.client.in_flight().filter(|(_, o)| o.stage != OutgoingStage::Abandoned);
                prop_assert_eq!(waiting.count(), 0);
            }
        }
    }
}

#[test]
fn of_two_states_of_one_session_the_later_is_known_whichever_way_its_messages_went() {
    let mut first = Session::new(Version::V5, "a", 9);
    first.established = true;
    let mut second = restore(&save(&first, 0)).expect("whole").session;
    assert!(first.is_later_than(&second, 0) && second.is_later_than(&first, 0));
    let received = || stored_message("i", b"x", QoS::ExactlyOnce);
    second.inbound.publish(id(5), 1, false, received);
    let second = restore(&save(&second, 0)).expect("whole").session;
    assert!(!first.is_later_than(&second, 0), "it has received since");
    assert!(second.is_later_than(&first, 0));
    first
        .outbound
        .accept(stored_message("o", b"y", QoS::AtLeastOnce), None);
    first
        .outbound
        .accept(stored_message("o", b"z", QoS::AtLeastOnce), None);
    assert!(
        first.is_later_than(&second, 0),
        "it has published more since"
    );
    let other = Session::new(Version::V5, "a", 10);
    assert!(!first.is_later_than(&other, 0), "another session");
}

#[test]
fn what_was_saved_while_connecting_and_restored_by_the_handler_is_sent_once() {
    for version in VERSIONS {
        let mut client = Client::new(1);
        client.connect(config(version), START).expect("possible");
        client.handle_opened(START);
        let token = client.publish(message("x", QoS::ExactlyOnce), START);
        let saved = client.save(START);
        let later = client.publish(message("y", QoS::ExactlyOnce), START);
        while client.poll_output().is_some() {}
        let connack = Packet::ConnAck(ConnAck {
            session_present: false,
            reason: ReasonCode::SUCCESS,
            properties: Default::default(),
        });
        client.handle_bytes(&encode(version, &connack), START);
        while client.poll_output().is_some() {}
        client
            .restore(&saved, ID, version, START)
            .expect("its own state");
        client.connected_handlers_settled(START);
        while client.poll_output().is_some() {}
        let callers: Vec<_> = client.in_flight().map(|(_, o)| o.token).collect();
        assert_eq!(callers, [token.ok(), later.ok()]);
    }
}
