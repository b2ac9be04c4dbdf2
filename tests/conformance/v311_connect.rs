//! 3.1.1, chapters 3.1 and 3.2: CONNECT and CONNACK.

use mqtt_mooring::client::DisconnectOptions;
use mqtt_mooring::client::config::{WhenSessionLost, WillMessage};
use mqtt_mooring::client::output::{Certainty, LossCause};
use mqtt_mooring::codec::{QoS, Version};
use mqtt_mooring::error::UsageError;

use super::bytes::*;
use super::line::Line;
use crate::support::{ID, Told};

const V: Version = Version::V311;

const WILL_FLAG: u8 = 0x04;
const WILL_RETAIN: u8 = 0x20;
const WILL_BITS: u8 = 0x3C;
const PASSWORD_FLAG: u8 = 0x40;
const USER_NAME_FLAG: u8 = 0x80;

/// The fields of a CONNECT.
#[derive(Debug, PartialEq)]
struct Fields {
    flags: u8,
    keep_alive: u16,
    /// The payload: each field behind its length.
    payload: Vec<Vec<u8>>,
}

/// Reads what the client says first, as `config` has it.
fn connect_of(line: &mut Line) -> Fields {
    let said = line.dial();
    let mut reader = Reader::of(CONNECT, &said);
    assert_eq!(reader.text(), "MQTT");
    assert_eq!(reader.byte(), 4, "Protocol Level");
    let flags = reader.byte();
    let keep_alive = reader.two();
    // Client identifier; topic and message of a will; user name; password.
    let bits = [WILL_FLAG, WILL_FLAG, USER_NAME_FLAG, PASSWORD_FLAG];
    let fields = 1 + bits.iter().filter(|bit| flags & **bit != 0).count();
    let payload = (0..fields).map(|_| reader.binary().to_vec()).collect();
    reader.end();
    Fields {
        flags,
        keep_alive,
        payload,
    }
}

fn will(qos: QoS, retain: bool) -> WillMessage {
    WillMessage {
        topic: "gone/é".into(),
        payload: vec![0, 0xFF],
        qos,
        retain,
        properties: Vec::new(),
    }
}

/// All there is, or none of it.
fn connect_with(with_will: bool, username: Option<&str>, password: Option<&[u8]>) -> Fields {
    let mut line = Line::new(V);
    line.config.will = with_will.then(|| will(QoS::AtLeastOnce, true));
    line.config.username = username.map(Into::into);
    line.config.password = password.map(Into::into);
    connect_of(&mut line)
}

#[test]
fn v311_3_1_0_1_the_first_packet_on_a_connection_is_connect() {
    let mut line = Line::new(V);
    for attempt in 0..2 {
        let first = line.dial();
        assert_eq!(first[0], CONNECT);
        // What was published meanwhile waits for CONNACK.
        line.send("early", QoS::AtLeastOnce);
        line.says_nothing_more();
        if attempt == 0 {
            line.break_link();
        }
    }
    line.hears(connack(V, false));
    assert_eq!(line.all().len(), 2);
}

#[test]
fn v311_3_1_0_2_there_is_one_connect_in_a_connection() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    let (config, now) = (line.config.clone(), line.now);
    let again = line.client.connect(config, now);
    assert_eq!(again, Err(UsageError::NotDisconnected));
    line.send("x", QoS::AtLeastOnce);
    line.subscribes("a", QoS::AtMostOnce);
    line.pass(12_000);
    line.hears(PINGRESP);
    line.client
        .disconnect(&DisconnectOptions::default(), now)
        .expect("accepted");
    line.drain(&[]);
    let first: Vec<_> = line.all().iter().map(|packet| packet[0]).collect();
    assert_eq!(
        first,
        [PUBLISH | QOS_1, SUBSCRIBE, PINGREQ[0], DISCONNECT[0]]
    );
}

#[test]
fn v311_3_1_2_4_without_clean_session_both_go_on_where_the_session_stood() {
    let mut line = Line::new(V);
    assert_eq!(connect_of(&mut line).flags & 0x02, 0, "Clean Session");
    line.hears(connack(V, false));
    line.send("x", QoS::AtLeastOnce);
    line.says(publish(V, QOS_1, "meters/7", 1, "x"));
    let now = line.now;
    let options = DisconnectOptions::default();
    line.client.disconnect(&options, now).expect("accepted");
    line.drain(&[]);
    line.says(DISCONNECT);
    // It is there after the end, and after a day, and in another page.
    line.now += 86_400_000;
    line.resume();
    line.says(publish(V, QOS_1 | DUP, "meters/7", 1, "x"));
    line.reload_and_resume();
    line.says(publish(V, QOS_1 | DUP, "meters/7", 1, "x"));
    line.says_nothing_more();
}

#[test]
fn v311_3_1_2_6_with_clean_session_nothing_of_another_session_is_used() {
    let mut line = Line::connected(V);
    let one = line.send("one", QoS::AtLeastOnce);
    line.hears(publish(V, QOS_2, "a", 3, "two"));
    assert_eq!(line.all().len(), 2);
    line.break_link();

    line.config.clean_session = true;
    assert_eq!(connect_of(&mut line).flags & 0x02, 0x02, "Clean Session");
    line.hears(connack(V, false));
    line.is_up();
    // Neither the message nor its identifier, and of the other direction no memory of 3.
    line.says_nothing_more();
    let lost = Told::Lost(Certainty::Indeterminate, LossCause::CleanSession);
    assert_eq!(*line.ledger.outcome(one), lost);
    let before = line.ledger.payloads().len();
    line.hears(publish(V, QOS_2, "a", 3, "another"));
    line.says(ack(PUBREC, 3));
    line.hears(ack(PUBREL, 3));
    line.says(ack(PUBCOMP, 3));
    assert_eq!(line.ledger.payloads()[before..], ["another"]);
    line.send("new", QoS::AtLeastOnce);
    let said = line.next();
    assert_eq!(said[0], PUBLISH | QOS_1, "a new message");
    line.break_link();

    // And nothing of the clean one in the next; to publish its message anew is for the application to decide.
    line.config.when_session_lost = WhenSessionLost::Discard;
    line.config.clean_session = false;
    line.dial();
    line.hears(connack(V, false));
    line.says_nothing_more();

    // Each connection that is made again by itself is a clean one, too.
    let mut line = Line::new(V);
    line.config.clean_session = true;
    line.config.when_session_lost = WhenSessionLost::Discard;
    line.persist();
    line.connect();
    for round in 0..3 {
        assert_eq!(line.next()[9] & 0x02, 0x02, "connection {round}");
        line.hears(connack(V, false));
        line.is_up();
        line.says_nothing_more();
        line.send("x", QoS::AtLeastOnce);
        line.hears(publish(V, QOS_2, "a", 3, "y"));
        line.all();
        line.break_link();
        line.pass(60_000);
    }
}

#[test]
fn v311_3_1_2_9_a_will_is_in_the_payload_topic_and_message() {
    let fields = connect_with(true, None, None);
    assert_eq!(fields.flags & WILL_FLAG, WILL_FLAG);
    assert_eq!(
        fields.payload[1..],
        ["gone/é".as_bytes().to_vec(), vec![0, 0xFF]]
    );
}

#[test]
fn v311_3_1_2_11_without_a_will_there_is_nothing_of_one() {
    let fields = connect_with(false, None, None);
    assert_eq!(fields.flags & WILL_BITS, 0);
    assert_eq!(fields.payload, [ID.as_bytes()]);
}

#[test]
fn v311_3_1_2_13_without_a_will_its_qos_is_0() {
    for with_user in [None, Some("ada")] {
        let fields = connect_with(false, with_user, None);
        assert_eq!(fields.flags & 0x18, 0);
    }
}

#[test]
fn v311_3_1_2_14_a_wills_qos_is_0_1_or_2() {
    for (qos, bits) in [
        (QoS::AtMostOnce, 0),
        (QoS::AtLeastOnce, 1),
        (QoS::ExactlyOnce, 2),
    ] {
        let mut line = Line::new(V);
        line.config.will = Some(will(qos, false));
        assert_eq!((connect_of(&mut line).flags & 0x18) >> 3, bits);
    }
    // There is no fourth that a caller could ask for.
    assert_eq!(QoS::from_bits(3), None);
}

#[test]
fn v311_3_1_2_15_without_a_will_it_is_not_retained() {
    let fields = connect_with(false, Some("ada"), Some(b"secret"));
    assert_eq!(fields.flags & WILL_RETAIN, 0);
    for retain in [false, true] {
        let mut line = Line::new(V);
        line.config.will = Some(will(QoS::AtMostOnce, retain));
        assert_eq!(connect_of(&mut line).flags & WILL_RETAIN != 0, retain);
    }
}

#[test]
fn v311_3_1_2_18_without_the_user_name_flag_there_is_no_user_name() {
    let fields = connect_with(true, None, None);
    assert_eq!(fields.flags & USER_NAME_FLAG, 0);
    assert_eq!(fields.payload.len(), 3, "client identifier and will");
}

#[test]
fn v311_3_1_2_19_with_the_user_name_flag_there_is_one_be_it_empty() {
    for name in ["ada", ""] {
        let fields = connect_with(false, Some(name), None);
        assert_eq!(fields.flags & USER_NAME_FLAG, USER_NAME_FLAG);
        assert_eq!(fields.payload[1..], [name.as_bytes()]);
    }
}

#[test]
fn v311_3_1_2_20_without_the_password_flag_there_is_no_password() {
    let fields = connect_with(false, Some("ada"), None);
    assert_eq!(fields.flags & PASSWORD_FLAG, 0);
    assert_eq!(fields.payload.len(), 2, "client identifier and user name");
}

#[test]
fn v311_3_1_2_21_with_the_password_flag_there_is_one_be_it_empty() {
    for password in [&[0, 0xFF][..], &[]] {
        let fields = connect_with(false, Some("ada"), Some(password));
        assert_eq!(fields.flags & PASSWORD_FLAG, PASSWORD_FLAG);
        assert_eq!(fields.payload[2..], [password]);
    }
}

#[test]
fn v311_3_1_2_22_a_password_without_a_user_name_is_refused() {
    let mut line = Line::new(V);
    line.config.password = Some(b"secret".to_vec());
    let (config, now) = (line.config.clone(), line.now);
    let refused = line.client.connect(config, now);
    assert!(matches!(refused, Err(UsageError::OnlyInV5(_))));
    line.says_nothing_more();
    let fields = connect_with(false, None, None);
    assert_eq!(fields.flags & (USER_NAME_FLAG | PASSWORD_FLAG), 0);
}

#[test]
fn v311_3_1_2_23_a_client_that_has_said_nothing_for_keep_alive_says_pingreq() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    assert_eq!(connect_of(&mut line).keep_alive, 10);
    line.hears(connack(V, false));
    for _ in 0..3 {
        line.pass(10_000);
        line.says(PINGREQ);
        line.hears(PINGRESP);
        line.says_nothing_more();
    }
    // What the server says is not what counts.
    for _ in 0..2 {
        line.pass(5_000);
        line.hears(publish(V, 0, "a", 0, "x"));
    }
    line.says(PINGREQ);
    line.hears(PINGRESP);
    // Without Keep Alive there is none.
    let mut line = Line::new(V);
    assert_eq!(connect_of(&mut line).keep_alive, 0);
    line.hears(connack(V, false));
    line.pass(86_400_000);
    line.says_nothing_more();
}

#[test]
fn v311_3_1_3_1_the_payloads_fields_stand_in_their_order() {
    let fields = connect_with(true, Some("ada"), Some(b"secret"));
    assert_eq!(
        fields.payload,
        [
            ID.as_bytes(),
            "gone/é".as_bytes(),
            &[0, 0xFF],
            b"ada",
            b"secret"
        ]
    );
}

#[test]
fn v311_3_1_3_2_a_session_is_known_by_its_client_identifier() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtLeastOnce);
    line.break_link();
    // Under another name this is another session, and this one must not be used for it.
    let mut config = line.config.clone();
    config.client_id = "somebody-else".into();
    let now = line.now;
    let other = line.client.connect(config, now);
    assert_eq!(other, Err(UsageError::OtherSession));
    let saved = line.client.save(now);
    let restored = line.client.restore(&saved, "somebody-else", V, now);
    assert!(restored.is_err());
    // Under its own it goes on.
    let fields = connect_of(&mut line);
    assert_eq!(fields.payload[0], ID.as_bytes());
    line.hears(connack(V, true));
    line.says(publish(V, QOS_1 | DUP, "meters/7", 1, "x"));
}

#[test]
fn v311_3_1_3_3_the_client_identifier_is_there_and_first() {
    let said = Line::new(V).dial();
    // Twelve bytes: fixed header, "MQTT" with its length, level, flags, Keep Alive.
    assert_eq!(said[12..], text(ID));
    // Where it is empty, its length is still there, or the client has made one up.
    let mut line = Line::new(V);
    line.config.client_id.clear();
    line.config.clean_session = true;
    let fields = connect_of(&mut line);
    assert_eq!(fields.payload.len(), 1);
}

#[test]
fn v311_3_1_3_4_the_client_identifier_is_utf_8() {
    let mut line = Line::new(V);
    line.config.client_id = "Büro-日本-😀".into();
    let fields = connect_of(&mut line);
    assert_eq!(fields.payload[0], "Büro-日本-😀".as_bytes());
}

#[test]
fn v311_3_1_3_7_no_client_identifier_means_a_clean_session() {
    let mut line = Line::new(V);
    line.config.client_id.clear();
    let (config, now) = (line.config.clone(), line.now);
    let refused = line.client.connect(config, now);
    assert_eq!(refused, Err(UsageError::ClientIdRequired));
    line.says_nothing_more();
    line.config.clean_session = true;
    let fields = connect_of(&mut line);
    assert_eq!(fields.flags & 0x02, 0x02, "Clean Session");
}

#[test]
fn v311_3_1_3_10_the_will_topic_is_utf_8() {
    let fields = connect_with(true, None, None);
    assert_eq!(fields.payload[1], b"gone/\xC3\xA9");
}

#[test]
fn v311_3_1_3_11_the_user_name_is_utf_8() {
    let fields = connect_with(false, Some("Zoë😀"), None);
    assert_eq!(fields.payload[1], b"Zo\xC3\xAB\xF0\x9F\x98\x80");
}
