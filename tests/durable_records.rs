//! The bytes of the records: what is written today, and what was written once stays readable for ever. A format
//! never changes; a new one gets the next number and golden records of its own.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use std::collections::BTreeMap;

use durable_support::*;
use mqtt_mooring::client::Client;
use mqtt_mooring::codec::{Property, QoS, RetainHandling, SubscriptionOptions, Version};
use mqtt_mooring::session::Session;
use mqtt_mooring::session::inbound::{Incoming, IncomingStage};
use mqtt_mooring::session::journal::{self, Change, Journal};
use mqtt_mooring::session::message::Message;
use mqtt_mooring::session::outbound::{Outgoing, OutgoingStage, Queued};
use mqtt_mooring::session::subscriptions::Subscription;
use support::{encoded, id, stored_message};

/// On each line the version, the name of a record, and its bytes in hexadecimal; after `#`, what it is.
const GOLDEN: &str = include_str!("golden/records-format1.txt");

/// By version and name.
type Records = BTreeMap<(String, String), Vec<u8>>;

const EPOCH: u16 = 3;
const CURSOR: u16 = 300;
const RESERVED: u16 = CURSOR + journal::BLOCK;

fn keyed(key: &str, mut message: Box<Message>) -> Box<Message> {
    message.key = Some(key.into());
    message
}

fn expiring(expires_at: u64, mut message: Box<Message>) -> Box<Message> {
    message.expires_at = Some(expires_at);
    message
}

fn retained(mut message: Box<Message>) -> Box<Message> {
    message.retain = true;
    message
}

fn with(properties: &[Property<'_>], mut message: Box<Message>) -> Box<Message> {
    message.properties = encoded(properties).into();
    message
}

/// A message in flight.
fn put(
    session: &mut Session,
    number: u16,
    place: (u64, u64, OutgoingStage),
    message: Box<Message>,
) {
    let (seq, order, stage) = place;
    assert!(session.ids.reserve(id(number)));
    let outgoing = Outgoing {
        seq,
        order,
        stage,
        message,
        token: None,
        unsent: false,
        stored: true,
        was_sent: false,
    };
    assert!(session.outbound.restore_in_flight(id(number), outgoing));
}

/// Every kind of record, with everything a record can have; saved after the connection ended.
fn golden_v5() -> Session {
    let mut session = Session::new(Version::V5, "ä", u64::MAX);
    session.established = true;
    session.expiry_interval = 604_800;
    session.disconnected_at = Some(999_999);
    session.ids.set_cursor(CURSOR);
    let plain = stored_message("t/1", b"one", QoS::AtLeastOnce);
    put(
        &mut session,
        1,
        (0, 0, OutgoingStage::AwaitingPubAck),
        plain,
    );
    let whole = with(
        &[Property::UserProperty("k", "v")],
        retained(stored_message("t/2", &[0, 255], QoS::ExactlyOnce)),
    );
    let whole = keyed("order 17", expiring(1_060_000, whole));
    put(
        &mut session,
        200,
        (1, 1, OutgoingStage::AwaitingPubRec),
        whole,
    );
    let released = keyed("order 18", stored_message("t/3", b"", QoS::ExactlyOnce));
    put(
        &mut session,
        255,
        (2, 4, OutgoingStage::PubRecReceived),
        released,
    );
    let abandoned = stored_message("t/4", b"", QoS::ExactlyOnce);
    put(
        &mut session,
        65_535,
        (3, 3, OutgoingStage::Abandoned),
        abandoned,
    );
    let queued = keyed(
        "ü",
        expiring(1_070_000, stored_message("q", b"later", QoS::AtLeastOnce)),
    );
    session.outbound.restore_queued(Queued {
        seq: 300,
        message: queued,
        token: None,
        stored: true,
        was_sent: false,
    });
    session.outbound.reserve_seq(301);
    let held = Incoming {
        seq: 2,
        stage: IncomingStage::AwaitingPubRel,
        message: with(
            &[
                Property::SubscriptionIdentifier(5),
                Property::SubscriptionIdentifier(6),
            ],
            expiring(1_080_000, stored_message("i", b"in", QoS::ExactlyOnce)),
        ),
        seen_on: 0,
        handed: false,
        released_on: 0,
        inherited: false,
    };
    assert!(session.inbound.restore(id(258), held));
    for (filter, options, identifier) in subscriptions() {
        let subscription = Subscription {
            options,
            identifier,
        };
        session.subscriptions.granted(filter, subscription);
    }
    session
}

fn subscriptions() -> [(&'static str, SubscriptionOptions, Option<u32>); 2] {
    let rare = SubscriptionOptions {
        qos: QoS::AtLeastOnce,
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
    };
    let usual = SubscriptionOptions::qos(QoS::ExactlyOnce);
    [("$share/g/i", rare, Some(200)), ("i/+", usual, None)]
}

/// What `meta` says otherwise: 3.1.1, connected, and the server has lost the session.
fn golden_v311() -> Session {
    let mut session = Session::new(Version::V311, "ab", 0x7F);
    session.established = true;
    session.lost = true;
    session.ids.set_cursor(CURSOR);
    session
}

/// All records of `session`, by name.
fn written(session: &mut Session) -> BTreeMap<String, Vec<u8>> {
    let mut journal = Journal::default();
    for _ in 0..EPOCH {
        journal.begin_epoch();
    }
    journal.touch_all(session);
    let steps = journal.changes(session).into_iter();
    steps
        .map(|step| match step.change {
            Change::Put { name, record } => (name.to_string(), record),
            Change::Remove { name } => panic!("{name} removed"),
        })
        .collect()
}

/// Those of the golden file.
fn golden() -> Records {
    let lines = GOLDEN.lines().map(|line| line.split('#').next());
    let lines = lines.flatten().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [version, name, hex] = words[..] else {
                panic!("three words: {line}");
            };
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
            let bytes = (0..hex.len()).step_by(2).map(byte).collect();
            ((version.into(), name.into()), bytes)
        })
        .collect()
}

/// The golden records of one version, as storage gives them.
fn stored(version: &str) -> Vec<(String, Vec<u8>)> {
    let mine = golden().into_iter().filter(|((v, _), _)| v == version);
    mine.map(|((_, name), record)| (name, record)).collect()
}

#[test]
fn golden_records_are_what_is_written_today() {
    let mut today = Records::new();
    for (version, mut session) in [("mqtt5", golden_v5()), ("mqtt311", golden_v311())] {
        let records = written(&mut session).into_iter();
        today.extend(records.map(|(name, record)| ((version.to_owned(), name), record)));
    }
    let text = |records: &Records| -> String {
        let line = |((version, name), record): (&(String, String), &Vec<u8>)| {
            let hex: String = record.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{version} {name} {hex}\n")
        };
        records.iter().map(line).collect()
    };
    assert_eq!(golden(), today, "now:\n{}", text(&today));
    assert_eq!(golden().len(), 9);
}

#[test]
fn golden_records_of_mqtt_5_stay_readable() {
    let restored = journal::restore(&stored("mqtt5"), "other", Version::V311, 1, 2);
    let restored = restored.expect("every format for ever");
    assert_eq!(restored.bad, []);
    assert!(restored.found);
    let (mut session, wanted) = (restored.session, golden_v5());
    assert_eq!(session.version, wanted.version);
    assert_eq!(session.client_id, wanted.client_id);
    assert_eq!(session.uid, wanted.uid);
    assert_eq!(session.expiry_interval, wanted.expiry_interval);
    assert_eq!(session.disconnected_at, wanted.disconnected_at);
    assert!(session.established && !session.lost);
    assert_eq!(session.ids.cursor(), RESERVED + journal::BLOCK);
    assert_eq!(session.ids.in_use(), 4);
    assert_eq!(session.outbound.next_seq(), 301);
    assert_eq!(session.outbound.next_order(), 5);
    for (number, outgoing) in wanted.outbound.in_flight() {
        let read = session.outbound.get(number).expect("in flight");
        let place = (outgoing.seq, outgoing.order, outgoing.stage);
        assert_eq!((read.seq, read.order, read.stage), place);
        assert_eq!(read.message, outgoing.message);
        assert!(!read.unsent);
    }
    let outbox = |session: &Session| -> Vec<_> {
        let queued = session.outbound.outbox();
        queued.map(|q| (q.seq, q.message.clone())).collect()
    };
    assert_eq!(outbox(&session), outbox(&wanted));
    let held = |session: &Session| -> Vec<_> {
        let held = session.inbound.held();
        held.map(|(id, i)| (id, i.seq, i.stage, i.message.clone()))
            .collect()
    };
    assert_eq!(held(&session), held(&wanted));
    let granted: Vec<_> = session.subscriptions.iter().collect();
    assert_eq!(granted, wanted.subscriptions.iter().collect::<Vec<_>>());
    assert_eq!(granted.len(), 2);
    // And what is read is written as it was, but for the identifiers, which go on from the reserved ones.
    let mut again = written(&mut session);
    again.remove("meta");
    let before = stored("mqtt5").into_iter().filter(|(n, _)| n != "meta");
    assert_eq!(again, before.collect());
}

#[test]
fn golden_records_of_mqtt_3_1_1_stay_readable() {
    let restored = journal::restore(&stored("mqtt311"), "other", Version::V5, 1, 2);
    let restored = restored.expect("every format for ever");
    assert_eq!(restored.bad, []);
    let (session, wanted) = (restored.session, golden_v311());
    assert_eq!(session.version, wanted.version);
    assert_eq!(session.client_id, wanted.client_id);
    assert_eq!(session.uid, wanted.uid);
    assert_eq!(
        (session.expiry_interval, session.disconnected_at),
        (0, None)
    );
    assert!(session.established && session.lost);
    assert_eq!(session.ids.cursor(), RESERVED + journal::BLOCK);
}

#[test]
fn a_client_goes_on_from_the_golden_records() {
    let mut client = Client::new(3);
    let recovered = client.recover(&stored("mqtt5"), "ä", Version::V5);
    let recovered = recovered.expect("every format for ever");
    assert_eq!((recovered.outgoing, recovered.incoming), (5, 1));
    let view = View::of(&client);
    assert_eq!(view.resend_order, ["t/1", "t/2"]);
    assert_eq!(view.flight("t/3"), Some((255, Flight::Released)));
    assert_eq!(view.flight("t/4"), Some((65_535, Flight::Abandoned)));
    let inherited = client.inherited();
    let keys: Vec<_> = inherited.iter().map(|i| i.message.key.as_deref()).collect();
    // The abandoned one had its outcome.
    assert_eq!(keys, [None, Some("order 17"), Some("order 18"), Some("ü")]);
}

/// Appends a length and the bytes.
fn field(record: &mut Vec<u8>, bytes: &[u8]) {
    record.push(bytes.len() as u8);
    record.extend_from_slice(bytes);
}

/// Ends a record that is built by hand.
fn sealed(mut record: Vec<u8>) -> Vec<u8> {
    let sum = crc32(&record).to_be_bytes();
    record.extend(sum);
    record
}

#[test]
fn the_fields_of_a_message_to_the_server_lie_byte_for_byte_where_format_1_has_them() {
    let mut expected = vec![1, b'o']; // format; kind
    expected.push(2); // stage: PUBREC is awaited
    expected.extend([0, 200]); // packet identifier
    expected.extend([0, 3]); // epoch
    expected.extend(1u64.to_be_bytes()); // number
    expected.extend(1u64.to_be_bytes()); // order of sending
    expected.push(2 | 4 | 8); // QoS 2, retained, with a key
    field(&mut expected, b"order 17");
    field(&mut expected, b"t/2");
    field(&mut expected, &[0x26, 0, 1, b'k', 0, 1, b'v']);
    expected.extend([0xA1, 0xD9, 0x40]); // expires at 1,060,000; one more, for 0 is none
    field(&mut expected, &[0, 255]);
    let name = ("mqtt5".to_owned(), "o/1".to_owned());
    assert_eq!(golden()[&name], sealed(expected));
}

#[test]
fn the_fields_of_meta_lie_byte_for_byte_where_format_1_has_them() {
    let mut expected = vec![1, b'm']; // format; kind
    expected.extend([5, 1]); // MQTT 5; established
    expected.extend(u64::MAX.to_be_bytes()); // session uid
    expected.extend(604_800u64.to_be_bytes()); // session expiry interval
    expected.extend(1_000_000u64.to_be_bytes()); // disconnected at 999,999; one more, for 0 is connected
    expected.extend(1_324u16.to_be_bytes()); // the first identifier that is not reserved
    expected.extend([0, 3]); // epoch
    field(&mut expected, "ä".as_bytes());
    let name = ("mqtt5".to_owned(), "meta".to_owned());
    assert_eq!(golden()[&name], sealed(expected));
}
