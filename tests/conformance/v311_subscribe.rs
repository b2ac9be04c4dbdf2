//! 3.1.1, chapters 3.8 to 3.14: SUBSCRIBE and UNSUBSCRIBE, DISCONNECT.

use mqtt_mooring::client::output::Cause;
use mqtt_mooring::client::{DisconnectOptions, State};
use mqtt_mooring::codec::{QoS, ReasonCode, SubscriptionOptions, Version};
use mqtt_mooring::error::UsageError;

use super::bytes::*;
use super::line::Line;

const V: Version = Version::V311;

/// What is wrong with a packet that only clients send: that it came, if nothing else.
fn reason(is_well_formed: bool) -> ReasonCode {
    match is_well_formed {
        true => ReasonCode::PROTOCOL_ERROR,
        false => ReasonCode::MALFORMED_PACKET,
    }
}

/// The client says goodbye.
fn disconnect(line: &mut Line) {
    let (options, now) = (DisconnectOptions::default(), line.now);
    line.client.disconnect(&options, now).expect("accepted");
    line.drain(&[]);
}

#[test]
fn v311_3_8_1_1_subscribe_is_82_and_coming_from_a_server_ends_the_connection() {
    let mut line = Line::connected(V);
    line.subscribes("a", QoS::AtLeastOnce);
    line.says(b"\x82\x06\x00\x01\x00\x01a\x01");
    // A client has nothing to be asked for, whatever the flags.
    for first in 0x80..0x90 {
        let mut line = Line::connected(V);
        line.hears(packet(first, &[&two(1), &text("a"), &[1]]));
        line.ended_in_protest(reason(first == SUBSCRIBE));
    }
}

#[test]
fn v311_3_8_3_1_filters_in_subscribe_are_utf_8() {
    let mut line = Line::connected(V);
    line.subscribes("Zähler/+/😀", QoS::ExactlyOnce);
    let said = line.next();
    let mut reader = Reader::of(SUBSCRIBE, &said);
    assert_eq!(reader.two(), 1);
    assert_eq!(reader.text(), "Zähler/+/😀");
    assert_eq!(reader.byte(), 2);
    reader.end();
}

#[test]
fn v311_3_8_3_3_subscribe_has_a_filter_and_each_has_a_qos() {
    let mut line = Line::connected(V);
    let now = line.now;
    let none = line.client.subscribe(&[], &[], now);
    assert_eq!(none, Err(UsageError::NoFilters));
    line.says_nothing_more();
    let filters = [
        ("a/#", SubscriptionOptions::qos(QoS::AtMostOnce)),
        ("b", SubscriptionOptions::qos(QoS::AtLeastOnce)),
        ("+/c", SubscriptionOptions::qos(QoS::ExactlyOnce)),
    ];
    line.client.subscribe(&filters, &[], now).expect("accepted");
    line.drain(&[]);
    line.says(b"\x82\x12\x00\x01\x00\x03a/#\x00\x00\x01b\x01\x00\x03+/c\x02");
}

#[test]
fn v311_3_10_1_1_unsubscribe_is_a2_and_coming_from_a_server_ends_the_connection() {
    let mut line = Line::connected(V);
    line.unsubscribes("a");
    line.says(b"\xA2\x05\x00\x01\x00\x01a");
    for first in 0xA0..0xB0 {
        let mut line = Line::connected(V);
        line.hears(packet(first, &[&two(1), &text("a")]));
        line.ended_in_protest(reason(first == UNSUBSCRIBE));
    }
}

#[test]
fn v311_3_10_3_1_filters_in_unsubscribe_are_utf_8_one_behind_the_other() {
    let mut line = Line::connected(V);
    let now = line.now;
    let filters = ["Zähler/+", "b", "😀/#"];
    line.client
        .unsubscribe(&filters, &[], now)
        .expect("accepted");
    line.drain(&[]);
    let said = line.next();
    let mut reader = Reader::of(UNSUBSCRIBE, &said);
    assert_eq!(reader.two(), 1);
    for filter in filters {
        assert_eq!(reader.text(), filter);
    }
    reader.end();
}

#[test]
fn v311_3_10_3_2_unsubscribe_has_a_filter() {
    let mut line = Line::connected(V);
    let now = line.now;
    let none = line.client.unsubscribe(&[], &[], now);
    assert_eq!(none, Err(UsageError::NoFilters));
    line.says_nothing_more();
}

#[test]
fn v311_3_14_4_1_after_disconnect_the_client_closes_the_connection() {
    let mut line = Line::connected(V);
    disconnect(&mut line);
    line.says(DISCONNECT);
    line.ended(&Cause::Requested);
}

#[test]
fn v311_3_14_4_2_after_disconnect_the_client_says_nothing_more() {
    let mut line = Line::new(V);
    line.config.keep_alive = 1;
    line.config.manual_ack = true;
    line.auto_ack = false;
    line.establish();
    line.hears(publish(V, QOS_1, "a", 1, "x"));
    let ticket = line.ledger.deliveries[0].ticket.expect("QoS 1");
    line.hears(publish(V, QOS_2, "a", 2, "y"));
    line.says(ack(PUBREC, 2));
    disconnect(&mut line);
    assert_eq!(line.client.state(), State::Disconnecting);
    // The socket has not closed yet, and everybody wants something.
    let now = line.now;
    line.client.handled(ticket, now);
    for bytes in [
        publish(V, QOS_1, "a", 3, "z"),
        publish(V, QOS_2, "a", 4, "z"),
        ack(PUBREL, 2),
        ack(PUBREC, 9),
    ] {
        line.inject(&bytes);
    }
    let request = crate::support::message("late", QoS::AtMostOnce);
    assert_eq!(
        line.client.publish(request, now),
        Err(UsageError::NotConnected)
    );
    line.pass(1_500);
    line.says(DISCONNECT);
    line.ended(&Cause::Requested);
}
