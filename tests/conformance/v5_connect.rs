//! MQTT 5, chapter 3.1: CONNECT.

use mqtt_mooring::client::output::{Cause, Event, LossCause, Next};
use mqtt_mooring::client::{Credentials, OutboxLimits};
use mqtt_mooring::codec::{QoS, ReasonCode, Version};
use mqtt_mooring::error::{RestoreError, UsageError};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::{ID, Told};

const V: Version = Version::V5;

/// Every combination of what the connect flags speak of.
#[test]
fn v5_3_1_0_1_the_first_packet_on_a_connection_is_connect() {
    let mut line = Line::new(V);
    line.client.set_outbox_limits(OutboxLimits {
        queue_qos0: true,
        ..OutboxLimits::default()
    });
    let (config, now) = (line.config.clone(), line.now);
    line.client.connect(config, now).expect("begun");
    line.drain(&[]);
    // What is published before the socket is open waits, and goes on to wait for CONNACK.
    line.send("zero", QoS::AtMostOnce);
    line.send("one", QoS::AtLeastOnce);
    line.open();
    assert_eq!(line.next()[0], CONNECT);
    line.send("zero again", QoS::AtMostOnce);
    line.says_nothing_more();
    line.hears(connack(V, false));
    assert_eq!(line.all().len(), 3);
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
fn v5_3_1_2_5_without_clean_start_the_session_at_hand_goes_on() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtLeastOnce);
    line.all();
    line.break_link();
    let connect = line.dial();
    assert_eq!(Opening::read(&connect).flags, 0);
    line.hears(connack(V, true));
    line.says(publish(V, DUP | QOS_1, "meters/7", 1, "x"));
    // Nor does one that is made again by itself ask for a clean start, once a server has accepted it.
    let mut line = Line::new(V);
    line.config.clean_session = true;
    line.config.session_expiry_interval = Some(3_600);
    line.persist();
    line.connect();
    assert_eq!(Opening::read(&line.next()).flags, CLEAN_START);
    line.hears(connack(V, false));
    line.is_up();
    for flags in [QOS_1, DUP | QOS_1, DUP | QOS_1] {
        if flags == QOS_1 {
            line.send("y", QoS::AtLeastOnce);
        } else {
            line.break_link();
            line.pass(60_000);
            assert_eq!(Opening::read(&line.next()).flags, 0);
            line.hears(connack(V, true));
            line.is_up();
        }
        line.says(publish(V, flags, "meters/7", 1, "y"));
    }
}

/// What follows client identifier and will.
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
    // What lay in the socket meanwhile is no sign of life: it is not acted on.
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    line.now += 15_000;
    line.hears(publish(V, QOS_1, "t", 1, "stale"));
    line.says(disconnect_saying(0x80));
    line.ended(&Cause::KeepAliveTimeout);
    assert_eq!(line.ledger.deliveries.len(), 0);
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
    // For how long is the server's to say, be it less or more than was asked for.
    for seconds in [10, 60] {
        let mut line = Line::new(V);
        line.config.session_expiry_interval = Some(30);
        line.dial();
        let interval = long(SESSION_EXPIRY_INTERVAL, seconds);
        line.hears(connack_with(V, false, 0, &interval));
        line.send("one", QoS::AtLeastOnce);
        line.break_link();
        let (saved, over) = (
            line.client.save(line.now),
            line.now + 1_000 * u64::from(seconds),
        );
        let too_late = line.client.restore(&saved, ID, V, over);
        assert!(
            matches!(too_late, Err(RestoreError::Expired { .. })),
            "{too_late:?}"
        );
        let in_time = line.client.restore(&saved, ID, V, over - 1);
        assert!(in_time.is_ok(), "{in_time:?}");
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
fn v5_3_1_2_28_response_information_is_asked_for_only_where_it_is_wanted() {
    let connect = Line::new(V).dial();
    assert_eq!(
        Opening::read(&connect).properties.first(),
        Some(&SESSION_EXPIRY_INTERVAL)
    );
    assert_eq!(Opening::read(&connect).properties.len(), 5, "nothing else");
    let mut line = Line::new(V);
    line.config.request_response_information = true;
    let connect = line.dial();
    let asked = flag(REQUEST_RESPONSE_INFORMATION, 1);
    assert!(Opening::read(&connect).properties.ends_with(&asked));
}

#[test]
fn v5_3_1_2_29_who_wants_no_reason_strings_and_user_properties_takes_them_in_three_packets_only() {
    for list in [word(REASON_STRING, "because"), user("n", "v")] {
        let listed = properties(V, &list);
        let connected = |problem_information| {
            let mut line = Line::new(V);
            line.config.request_problem_information = problem_information;
            let connect = line.dial();
            let asked = flag(REQUEST_PROBLEM_INFORMATION, 0);
            assert_eq!(
                Opening::read(&connect).properties.ends_with(&asked),
                !problem_information
            );
            line.hears(connack_with(V, false, 0, &list));
            line.send("x", QoS::AtLeastOnce);
            line.send("x", QoS::ExactlyOnce);
            line.subscribes("t", QoS::AtMostOnce);
            line.unsubscribes("t");
            line.hears(publish(V, QOS_2, "t", 9, "x"));
            line.hears(publish_with(V, 0, "t", 0, &user("n", "v"), "x"));
            line.all();
            line.is_up();
            line
        };
        for packet in [
            ack_with(PUBACK, 1, 0, &list),
            ack_with(PUBREC, 2, 0, &list),
            ack_with(PUBREL, 9, 0, &list),
            ack_with(PUBCOMP, 7, 0, &list),
            packet(SUBACK, &[&two(3), &listed, &[0]]),
            packet(UNSUBACK, &[&two(4), &listed, &[0]]),
        ] {
            let mut line = connected(true);
            line.hears(&packet);
            line.is_up();
            let mut line = connected(false);
            line.hears(&packet);
            line.ended_in_protest(ReasonCode::PROTOCOL_ERROR);
        }
        let mut line = connected(false);
        line.hears(disconnect(0x8B, &list));
        line.ended(&Cause::ServerDisconnect(ReasonCode::SERVER_SHUTTING_DOWN));
    }
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
    let now = line.now;
    let passing = line.client.publish(to("t", QoS::AtMostOnce), now);
    assert_eq!(passing, Err(UsageError::NotYetConnected));
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
