//! MQTT 5, chapter 3.1: CONNECT.

use mqtt_mooring::client::Credentials;
use mqtt_mooring::client::config::WillMessage;
use mqtt_mooring::client::output::{Cause, Event, LossCause, Next};
use mqtt_mooring::codec::{QoS, ReasonCode, Version};
use mqtt_mooring::error::{RestoreError, UsageError};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::{ID, Told};

const V: Version = Version::V5;

fn will(qos: QoS, retain: bool) -> WillMessage {
    WillMessage {
        topic: "gone".into(),
        payload: b"bye".to_vec(),
        qos,
        retain,
        properties: Vec::new(),
    }
}

/// Will, Clean Start, user name and password, and the CONNECT that speaks of them.
type Case = (Option<WillMessage>, bool, bool, bool, Vec<u8>);

/// Every combination of what the connect flags speak of.
fn combinations() -> Vec<Case> {
    let mut all = Vec::new();
    let mut wills = vec![None];
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        wills.extend([Some(will(qos, false)), Some(will(qos, true))]);
    }
    for will in wills {
        for bits in 0..8 {
            let [clean, named, secret] = [bits & 1 > 0, bits & 2 > 0, bits & 4 > 0];
            let mut line = Line::new(V);
            line.config.will.clone_from(&will);
            line.config.clean_session = clean;
            line.config.username = named.then(|| "ada".into());
            line.config.password = secret.then(|| b"lovelace".to_vec());
            let connect = line.dial();
            all.push((will.clone(), clean, named, secret, connect));
        }
    }
    all
}

#[test]
fn v5_3_1_0_1_the_first_packet_on_a_connection_is_connect() {
    let mut line = Line::new(V);
    let first = line.dial();
    assert_eq!(first[0], CONNECT);
    // What was published meanwhile waits for CONNACK.
    line.send("early", QoS::AtLeastOnce);
    line.says_nothing_more();
    line.hears(connack(V, false));
    line.says(publish(V, QOS_1, "meters/7", 1, "early"));
}

#[test]
fn v5_3_1_0_2_connect_is_said_once_on_a_connection() {
    let mut line = Line::connected(V);
    let (config, now) = (line.config.clone(), line.now);
    let again = line.client.connect(config, now);
    assert_eq!(again, Err(UsageError::NotDisconnected));
    line.drain(&[]);
    line.says_nothing_more();
    line.is_up();
}

#[test]
fn v5_3_1_2_1_connect_names_the_protocol_mqtt_and_version_5() {
    let connect = Line::new(V).dial();
    assert_eq!(connect[2..9], *b"\x00\x04MQTT\x05");
}

#[test]
fn v5_3_1_2_2_a_server_that_does_not_speak_mqtt_5_is_quoted() {
    for answer in [connack_with(V, false, 0x84, &[]), vec![0x20, 2, 0, 1]] {
        let mut line = Line::new(V);
        line.dial();
        line.hears(answer);
        line.ended(&Cause::Refused(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION));
    }
}

#[test]
fn v5_3_1_2_3_the_reserved_connect_flag_is_0() {
    for (.., connect) in combinations() {
        assert_eq!(Opening::read(&connect).flags & 1, 0);
    }
}

#[test]
fn v5_3_1_2_4_clean_start_discards_the_session_at_hand() {
    let mut line = Line::connected(V);
    let sent = line.send("old", QoS::AtLeastOnce);
    line.hears(publish(V, QOS_2, "t", 9, "half"));
    line.all();
    line.break_link();
    line.config.clean_session = true;
    let connect = line.dial();
    assert_eq!(Opening::read(&connect).flags, CLEAN_START);
    line.hears(connack(V, false));
    line.is_up();
    // Nothing of the old session is left: not sent again, its caller told, the identifier free, the half known no more.
    line.says_nothing_more();
    let told = line.ledger.outcome(sent);
    assert!(
        matches!(told, Told::Lost(_, LossCause::CleanSession)),
        "{told:?}"
    );
    assert_eq!(
        (line.client.in_flight().len(), line.client.incoming().len()),
        (0, 0)
    );
    line.hears(ack(PUBREL, 9));
    line.says(ack_saying(PUBCOMP, 9, 0x92));
    assert_eq!(line.ledger.deliveries.len(), 0);
}

#[test]
fn v5_3_1_2_9_a_will_comes_with_its_properties_topic_and_payload() {
    let list = [long(WILL_DELAY_INTERVAL, 5), word(CONTENT_TYPE, "text")].concat();
    for (properties, expected) in [(vec![], vec![0]), (list.clone(), [vec![12], list].concat())] {
        let mut line = Line::new(V);
        line.config.will = Some(WillMessage {
            properties,
            ..will(QoS::AtLeastOnce, false)
        });
        let connect = line.dial();
        let opening = Opening::read(&connect);
        assert_eq!(opening.flags, WILL | 1 << 3);
        assert_eq!(
            opening.payload,
            [text(ID), expected, text("gone"), text("bye")].concat()
        );
    }
}

#[test]
fn v5_3_1_2_11_without_a_will_will_qos_is_0() {
    for (will, .., connect) in combinations() {
        if will.is_none() {
            assert_eq!(Opening::read(&connect).flags & (WILL | 0x18), 0);
        }
    }
}

#[test]
fn v5_3_1_2_12_will_qos_is_that_of_the_will() {
    let mut seen = Vec::new();
    for (will, .., connect) in combinations() {
        if let Some(will) = will {
            let flags = Opening::read(&connect).flags;
            assert_eq!(flags & WILL, WILL);
            assert_eq!(flags >> 3 & 3, will.qos as u8);
            seen.push(will.qos);
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 3, "all three");
}

#[test]
fn v5_3_1_2_13_will_retain_is_that_of_the_will_and_0_without_one() {
    for (will, .., connect) in combinations() {
        let retain = will.is_some_and(|will| will.retain);
        assert_eq!(Opening::read(&connect).flags & WILL_RETAIN > 0, retain);
    }
}

/// What follows client identifier and will.
fn credentials(will: &Option<WillMessage>, connect: &[u8]) -> (u8, Vec<u8>) {
    let opening = Opening::read(connect);
    let before = match will {
        None => text(ID).len(),
        Some(_) => [text(ID), vec![0], text("gone"), text("bye")]
            .concat()
            .len(),
    };
    (opening.flags, opening.payload[before..].to_vec())
}

#[test]
fn v5_3_1_2_16_without_the_user_name_flag_there_is_no_user_name() {
    for (will, _, named, secret, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        if !named {
            assert_eq!(flags & USER_NAME, 0);
            let expected = if secret { text("lovelace") } else { vec![] };
            assert_eq!(rest, expected);
        }
    }
}

#[test]
fn v5_3_1_2_17_with_the_user_name_flag_there_is_a_user_name() {
    for (will, _, named, _, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        assert_eq!(flags & USER_NAME > 0, named);
        assert_eq!(rest.starts_with(&text("ada")), named);
    }
}

#[test]
fn v5_3_1_2_18_without_the_password_flag_there_is_no_password() {
    for (will, _, named, secret, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        if !secret {
            assert_eq!(flags & PASSWORD, 0);
            let expected = if named { text("ada") } else { vec![] };
            assert_eq!(rest, expected);
        }
    }
}

#[test]
fn v5_3_1_2_19_with_the_password_flag_there_is_a_password_even_without_a_user_name() {
    for (will, _, _, secret, connect) in combinations() {
        let (flags, rest) = credentials(&will, &connect);
        assert_eq!(flags & PASSWORD > 0, secret);
        assert_eq!(rest.ends_with(&text("lovelace")), secret);
    }
}

#[test]
fn v5_3_1_2_20_who_has_sent_nothing_for_one_keep_alive_sends_pingreq() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    let connect = line.dial();
    assert_eq!(Opening::read(&connect).keep_alive, 10);
    line.hears(connack(V, false));
    line.pass(9_999);
    line.says_nothing_more();
    line.pass(1);
    line.says(PINGREQ);
    line.hears(PINGRESP);
    // Whatever else is sent puts it off; what is received does not.
    line.pass(6_000);
    line.send("x", QoS::AtMostOnce);
    line.all();
    line.hears(publish(V, 0, "t", 0, "x"));
    line.pass(4_000);
    line.hears(publish(V, 0, "t", 0, "x"));
    line.pass(5_999);
    line.says_nothing_more();
    line.pass(1);
    line.says(PINGREQ);
    // 0: none at all.
    let mut line = Line::connected(V);
    line.pass(100_000_000);
    line.says_nothing_more();
    line.is_up();
}

fn server_keep_alive(asked: u16, imposed: u16) -> Line {
    let mut line = Line::new(V);
    line.config.keep_alive = asked;
    line.dial();
    line.hears(connack_with(
        V,
        false,
        0,
        &short(SERVER_KEEP_ALIVE, imposed),
    ));
    line
}

#[test]
fn v5_3_1_2_21_a_server_keep_alive_is_used_whether_shorter_or_longer() {
    for (asked, imposed) in [(60, 7), (7, 60), (0, 7)] {
        let mut line = server_keep_alive(asked, imposed);
        line.pass(u64::from(imposed) * 1_000 - 1);
        line.says_nothing_more();
        line.pass(1);
        line.says(PINGREQ);
    }
    let mut off = server_keep_alive(60, 0);
    off.pass(1_000_000);
    off.says_nothing_more();
}

#[test]
fn v5_3_1_2_22_who_has_slept_for_one_and_a_half_keep_alives_knows_that_it_was_given_up() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    line.jump(15_000);
    line.says(disconnect_saying(0x80));
    line.ended(&Cause::KeepAliveTimeout);
}

#[test]
fn v5_3_1_2_23_a_session_that_is_to_last_outlives_its_connection_and_its_page() {
    for reload in [false, true] {
        let mut line = Line::new(V);
        line.config.session_expiry_interval = Some(30);
        let connect = line.dial();
        assert_eq!(
            Opening::read(&connect).properties,
            long(SESSION_EXPIRY_INTERVAL, 30)
        );
        line.hears(connack(V, false));
        line.send("one", QoS::AtLeastOnce);
        line.send("two", QoS::ExactlyOnce);
        line.hears(publish(V, QOS_2, "t", 9, "half"));
        line.all();
        if reload {
            line.reload_and_resume();
        } else {
            line.break_link();
            line.resume();
        }
        line.says(publish(V, DUP | QOS_1, "meters/7", 1, "one"));
        line.says(publish(V, DUP | QOS_2, "meters/7", 2, "two"));
        line.hears(ack(PUBREL, 9));
        line.says(ack(PUBCOMP, 9));
        assert_eq!(line.ledger.payloads(), ["half"]);
    }
}

#[test]
fn v5_3_1_2_24_a_packet_above_our_maximum_packet_size_ends_the_connection() {
    let mut line = Line::new(V);
    line.config.maximum_packet_size = Some(20);
    let connect = line.dial();
    let listed = Opening::read(&connect).properties.to_vec();
    assert!(listed.ends_with(&long(MAXIMUM_PACKET_SIZE, 20)));
    line.hears(connack(V, false));
    line.hears(publish(V, 0, "t", 0, "a".repeat(14)));
    assert_eq!(line.ledger.deliveries.len(), 1);
    line.hears(publish(V, 0, "t", 0, "a".repeat(15)));
    line.ended_in_protest(ReasonCode::PACKET_TOO_LARGE);
    assert_eq!(line.ledger.deliveries.len(), 1);
}

#[test]
fn v5_3_1_2_26_an_alias_above_our_topic_alias_maximum_ends_the_connection() {
    let mut line = Line::new(V);
    line.config.topic_alias_maximum = 2;
    let connect = line.dial();
    let listed = Opening::read(&connect).properties.to_vec();
    assert!(listed.ends_with(&short(TOPIC_ALIAS_MAXIMUM, 2)));
    line.hears(connack(V, false));
    line.hears(publish_with(V, 0, "t", 0, &short(TOPIC_ALIAS, 3), "x"));
    line.ended_in_protest(ReasonCode::TOPIC_ALIAS_INVALID);
}

#[test]
fn v5_3_1_2_27_who_offered_no_topic_alias_maximum_takes_no_alias() {
    let mut line = Line::new(V);
    let connect = line.dial();
    assert!(
        !Opening::read(&connect)
            .properties
            .contains(&TOPIC_ALIAS_MAXIMUM)
    );
    line.hears(connack(V, false));
    line.hears(publish_with(V, 0, "t", 0, &short(TOPIC_ALIAS, 1), "x"));
    line.ended_in_protest(ReasonCode::TOPIC_ALIAS_INVALID);
}

#[test]
fn v5_3_1_2_30_with_an_authentication_method_only_auth_goes_out_before_connack() {
    let mut line = Line::new(V);
    line.config.authentication = Some("m".into());
    line.config.keep_alive = 10;
    let (config, now) = (line.config.clone(), line.now);
    line.client.connect(config, now).expect("begun");
    line.drain(&[]);
    line.client.prepare(Credentials::default());
    line.open();
    let connect = line.next();
    assert!(
        Opening::read(&connect)
            .properties
            .ends_with(&word(AUTHENTICATION_METHOD, "m"))
    );
    line.send("early", QoS::AtLeastOnce);
    line.send("early", QoS::ExactlyOnce);
    line.pass(30_000);
    line.says_nothing_more();
    line.hears(auth(0x18, &word(AUTHENTICATION_METHOD, "m")));
    line.says_nothing_more();
    let now = line.now;
    line.client.authenticate(Some(b"d"), &[], now);
    line.drain(&[]);
    let list = [
        word(AUTHENTICATION_METHOD, "m"),
        word(AUTHENTICATION_DATA, "d"),
    ]
    .concat();
    line.says(auth(0x18, &list));
    line.says_nothing_more();
    line.hears(connack_with(V, false, 0, &word(AUTHENTICATION_METHOD, "m")));
    line.says(publish(V, QOS_1, "meters/7", 1, "early"));
    line.says(publish(V, QOS_2, "meters/7", 2, "early"));
}

#[test]
fn v5_3_1_3_1_the_payload_has_its_fields_in_their_order() {
    let list = long(WILL_DELAY_INTERVAL, 5);
    let mut line = Line::new(V);
    line.config.username = Some("ada".into());
    line.config.password = Some(vec![0, 255]);
    line.config.will = Some(WillMessage {
        properties: list.clone(),
        ..will(QoS::AtLeastOnce, true)
    });
    let connect = line.dial();
    let expected = [
        text(ID),
        [vec![5], list].concat(),
        text("gone"),
        text("bye"),
        text("ada"),
        text([0, 255]),
    ];
    assert_eq!(Opening::read(&connect).payload, expected.concat());
}

#[test]
fn v5_3_1_3_2_a_session_belongs_to_its_client_identifier() {
    let mut line = Line::connected(V);
    line.send("mine", QoS::AtLeastOnce);
    line.all();
    let (saved, now) = (line.client.save(line.now), line.now);
    line.reload();
    // Another client identifier does not get it.
    let other = line.client.restore(&saved, "other", V, now);
    assert_eq!(other, Err(RestoreError::OtherClient { saved: ID.into() }));
    // Nor does it move while it is in memory.
    line.client.restore(&saved, ID, V, now).expect("ours");
    line.config.client_id = "other".into();
    let (config, now) = (line.config.clone(), line.now);
    assert_eq!(
        line.client.connect(config, now),
        Err(UsageError::OtherSession)
    );
    line.config.client_id = ID.into();
    let connect = line.dial();
    assert!(Opening::read(&connect).payload.starts_with(&text(ID)));
    line.hears(connack(V, true));
    line.says(publish(V, DUP | QOS_1, "meters/7", 1, "mine"));
}

#[test]
fn v5_3_1_3_3_the_client_identifier_comes_first_and_even_an_empty_one_is_there() {
    let connect = Line::new(V).dial();
    assert_eq!(Opening::read(&connect).payload, text(ID));
    let mut line = Line::new(V);
    line.config.client_id = String::new();
    line.config.clean_session = true;
    let connect = line.dial();
    assert_eq!(Opening::read(&connect).payload, [0, 0]);
}

#[test]
fn v5_3_1_3_4_the_client_identifier_is_utf_8() {
    let mut line = Line::new(V);
    line.config.client_id = "Zähler-\u{1F4DF}".into();
    let connect = line.dial();
    assert_eq!(
        Opening::read(&connect).payload,
        b"\0\x0CZ\xC3\xA4hler-\xF0\x9F\x93\x9F"
    );
}

#[test]
fn v5_3_1_3_6_whom_the_server_names_is_called_so_from_then_on() {
    let mut line = Line::new(V);
    line.config.client_id = String::new();
    line.config.clean_session = true;
    line.config.session_expiry_interval = Some(60);
    line.dial();
    line.hears(connack_with(
        V,
        false,
        0,
        &word(ASSIGNED_CLIENT_IDENTIFIER, "srv-1"),
    ));
    assert_eq!(line.client.client_id(), "srv-1");
    line.break_link();
    line.config.clean_session = false;
    let connect = line.dial();
    assert_eq!(Opening::read(&connect).payload, text("srv-1"));
    line.hears(connack(V, true));
    line.is_up();
}

#[test]
fn v5_3_1_3_8_a_client_identifier_that_is_not_taken_ends_the_wish_to_connect() {
    let mut line = Line::new(V);
    line.persist();
    line.dial();
    line.hears(connack_with(V, false, 0x85, &[]));
    line.ended(&Cause::Refused(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID));
    assert_eq!(line.ledger.ends()[0].next, Next::Never);
}

#[test]
fn v5_3_1_3_10_user_properties_of_the_will_go_out_in_their_order() {
    let list = [user("b", "1"), user("a", "2"), user("b", "3")].concat();
    let mut line = Line::new(V);
    line.config.will = Some(WillMessage {
        properties: list.clone(),
        ..will(QoS::AtMostOnce, false)
    });
    let connect = line.dial();
    let payload = Opening::read(&connect).payload;
    let expected = [text(ID), vec![list.len() as u8], list, text("gone")].concat();
    assert!(payload.starts_with(&expected));
}

#[test]
fn v5_3_1_3_11_the_will_topic_is_utf_8() {
    let mut line = Line::new(V);
    line.config.will = Some(WillMessage {
        topic: "Büro/\u{1F6AA}".into(),
        ..will(QoS::AtMostOnce, false)
    });
    let connect = line.dial();
    let expected = [&text(ID)[..], b"\0\0\x0AB\xC3\xBCro/\xF0\x9F\x9A\xAA"].concat();
    assert!(Opening::read(&connect).payload.starts_with(&expected));
    for topic in ["", "a/#", "a\0"] {
        let mut line = Line::new(V);
        line.config.will = Some(WillMessage {
            topic: topic.into(),
            ..will(QoS::AtMostOnce, false)
        });
        let (config, now) = (line.config.clone(), line.now);
        let refused = line.client.connect(config, now);
        assert!(matches!(refused, Err(UsageError::Topic(_))), "{topic:?}");
    }
}

#[test]
fn v5_3_1_3_12_the_user_name_is_utf_8() {
    let mut line = Line::new(V);
    line.config.username = Some("Åda".into());
    let connect = line.dial();
    let opening = Opening::read(&connect);
    assert_eq!(opening.flags, USER_NAME);
    assert_eq!(
        opening.payload,
        [&text(ID)[..], b"\0\x04\xC3\x85da"].concat()
    );
}

#[test]
fn v5_3_1_4_3_who_is_taken_over_does_not_take_the_session_back() {
    let mut line = Line::new(V);
    line.persist();
    line.dial();
    line.hears(connack(V, false));
    line.hears(disconnect(0x8E, &[]));
    line.says_nothing_more();
    let end = line.ledger.ends()[0];
    assert_eq!(
        end.cause,
        Cause::ServerDisconnect(ReasonCode::SESSION_TAKEN_OVER)
    );
    assert_eq!(end.next, Next::Never);
    let ends = |event: &&Event| matches!(event, Event::Disconnected(_));
    assert_eq!(line.ledger.events.iter().filter(ends).count(), 1);
}
