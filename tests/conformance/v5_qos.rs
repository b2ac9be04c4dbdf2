//! MQTT 5, chapter 4.3: the three ways a message is delivered.

use mqtt_mooring::client::output::{Certainty, LossCause};
use mqtt_mooring::codec::{QoS, ReasonCode, Version};

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::Told;

const V: Version = Version::V5;

/// Two messages of this QoS: each has an identifier of its own while the other is under way, and once one is over, its
/// identifier may be used again.
fn identifiers_are_unused(qos: QoS, flags: u8) {
    let mut line = Line::connected(V);
    line.subscribes("t", QoS::AtMostOnce);
    line.says(subscribe(V, 1, "t", 0));
    line.send("a", qos);
    line.says(publish(V, flags, "meters/7", 2, "a"));
    line.send("b", qos);
    line.says(publish(V, flags, "meters/7", 3, "b"));
    // That of an incoming message is another matter.
    line.hears(publish(V, QOS_2, "t", 4, "x"));
    line.says(ack(PUBREC, 4));
    line.send("c", qos);
    line.says(publish(V, flags, "meters/7", 4, "c"));
    // A reload does not forget which are in use.
    line.reload_and_resume();
    for (id, payload) in [(2, "a"), (3, "b"), (4, "c")] {
        line.says(publish(V, DUP | flags, "meters/7", id, payload));
    }
    line.send("d", qos);
    let said = line.next();
    let id = u16::from_be_bytes([said[12], said[13]]);
    assert!(![0, 2, 3, 4].contains(&id), "{id} is in use, or 0");
}

#[test]
fn v5_4_3_1_1_a_message_of_qos_0_is_one_publish_without_dup() {
    let mut line = Line::connected(V);
    let token = line.send("x", QoS::AtMostOnce);
    line.says(publish(V, 0, "meters/7", 0, "x"));
    assert_eq!(*line.ledger.outcome(token), Told::Sent);
    line.pass(1_000_000);
    line.break_link();
    line.resume();
    line.says_nothing_more();
}

#[test]
fn v5_4_3_2_1_a_new_message_of_qos_1_gets_an_identifier_that_is_not_in_use() {
    identifiers_are_unused(QoS::AtLeastOnce, QOS_1);
}

#[test]
fn v5_4_3_2_2_a_new_message_of_qos_1_goes_out_without_dup() {
    let mut line = Line::connected(V);
    line.send("x", QoS::AtLeastOnce);
    line.says([
        0x32, 14, 0, 8, b'm', b'e', b't', b'e', b'r', b's', b'/', b'7', 0, 1, 0, b'x',
    ]);
    line.says_nothing_more();
}

#[test]
fn v5_4_3_2_3_a_message_of_qos_1_is_unacknowledged_until_its_puback() {
    let mut line = Line::connected(V);
    let one = line.send("one", QoS::AtLeastOnce);
    let two = line.send("two", QoS::AtLeastOnce);
    line.all();
    line.hears(ack(PUBACK, 2));
    assert_eq!(*line.ledger.outcome(two), Told::Out(ReasonCode::SUCCESS));
    assert!(line.ledger.is_open(one));
    for reload in [false, true] {
        if reload {
            line.reload_and_resume();
        } else {
            line.break_link();
            line.resume();
        }
        line.says(publish(V, DUP | QOS_1, "meters/7", 1, "one"));
        line.says_nothing_more();
    }
    line.hears(ack(PUBACK, 1));
    line.break_link();
    line.resume();
    line.says_nothing_more();
}

#[test]
fn v5_4_3_2_4_puback_goes_out_when_the_application_has_the_message() {
    let mut line = Line::new(V);
    line.auto_ack = false;
    line.establish();
    line.hears(publish(V, QOS_1, "t", 513, "x"));
    assert_eq!(line.ledger.payloads(), ["x"]);
    line.says_nothing_more();
    let ticket = line.ledger.deliveries[0]
        .ticket
        .expect("to be acknowledged");
    line.handled(ticket);
    line.says([PUBACK, 2, 2, 1]);
    line.says_nothing_more();
}

#[test]
fn v5_4_3_2_5_after_puback_the_identifier_means_another_message_whatever_dup_says() {
    let mut line = Line::connected(V);
    for (n, dup) in [0, 0, DUP, DUP].into_iter().enumerate() {
        line.hears(publish(V, QOS_1 | dup, "t", 5, "same"));
        line.says(ack(PUBACK, 5));
        assert_eq!(line.ledger.deliveries.len(), n + 1);
    }
}

#[test]
fn v5_4_3_3_1_a_new_message_of_qos_2_gets_an_identifier_that_is_not_in_use() {
    identifiers_are_unused(QoS::ExactlyOnce, QOS_2);
}

#[test]
fn v5_4_3_3_2_a_new_message_of_qos_2_goes_out_without_dup() {
    let mut line = Line::connected(V);
    line.send("x", QoS::ExactlyOnce);
    line.says([
        0x34, 14, 0, 8, b'm', b'e', b't', b'e', b'r', b's', b'/', b'7', 0, 1, 0, b'x',
    ]);
    line.says_nothing_more();
}

#[test]
fn v5_4_3_3_3_a_message_of_qos_2_is_unacknowledged_until_its_pubrec() {
    let mut line = Line::connected(V);
    line.send("x", QoS::ExactlyOnce);
    line.says(publish(V, QOS_2, "meters/7", 1, "x"));
    line.break_link();
    line.resume();
    line.says(publish(V, DUP | QOS_2, "meters/7", 1, "x"));
    line.says_nothing_more();
    line.reload_and_resume();
    line.says(publish(V, DUP | QOS_2, "meters/7", 1, "x"));
    line.says_nothing_more();
    line.hears(ack(PUBREC, 1));
    line.says(ack(PUBREL, 1));
}

#[test]
fn v5_4_3_3_4_a_pubrec_below_0x80_is_answered_with_pubrel() {
    for code in [0, 0x10] {
        let mut line = Line::connected(V);
        let token = line.send("x", QoS::ExactlyOnce);
        line.all();
        line.hears(ack_saying(PUBREC, 1, code));
        line.says(ack(PUBREL, 1));
        // Once more, and it is answered once more.
        line.hears(ack_saying(PUBREC, 1, code));
        line.says(ack(PUBREL, 1));
        line.says_nothing_more();
        assert!(line.ledger.is_open(token));
    }
    let mut line = Line::connected(V);
    let token = line.send("x", QoS::ExactlyOnce);
    line.all();
    line.hears(ack_saying(PUBREC, 1, 0x80));
    line.says_nothing_more();
    assert_eq!(
        *line.ledger.outcome(token),
        Told::Out(ReasonCode::UNSPECIFIED_ERROR)
    );
}

#[test]
fn v5_4_3_3_5_pubrel_is_unacknowledged_until_its_pubcomp() {
    let mut line = Line::connected(V);
    let token = line.send("x", QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 1));
    line.all();
    line.break_link();
    line.resume();
    line.says(ack(PUBREL, 1));
    line.says_nothing_more();
    assert!(line.ledger.is_open(token));
    line.hears(ack(PUBCOMP, 1));
    assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    line.break_link();
    line.resume();
    line.says_nothing_more();
    assert_eq!(line.client.packet_ids_in_use(), 0);
}

#[test]
fn v5_4_3_3_6_after_pubrel_the_publish_is_not_sent_again() {
    let mut line = Line::connected(V);
    line.send("x", QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 1));
    line.all();
    line.break_link();
    line.resume();
    line.says(ack(PUBREL, 1));
    line.reload_and_resume();
    line.says(ack(PUBREL, 1));
    line.says_nothing_more();
}

#[test]
fn v5_4_3_3_7_a_message_of_qos_2_that_was_sent_does_not_expire() {
    let list = long(MESSAGE_EXPIRY_INTERVAL, 10);
    let mut line = Line::connected(V);
    let token = line.publish(with(&list, QoS::ExactlyOnce));
    line.says(publish_with(V, QOS_2, "meters/7", 1, &list, "x"));
    line.break_link();
    line.pass(20_000);
    line.resume();
    let left = long(MESSAGE_EXPIRY_INTERVAL, 1);
    line.says(publish_with(V, DUP | QOS_2, "meters/7", 1, &left, "x"));
    line.hears(ack(PUBREC, 1));
    line.says(ack(PUBREL, 1));
    line.hears(ack(PUBCOMP, 1));
    assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode::SUCCESS));
    // One that was not sent does.
    let mut line = Line::limited(&short(RECEIVE_MAXIMUM, 1));
    line.send("first", QoS::ExactlyOnce);
    let token = line.publish(with(&list, QoS::ExactlyOnce));
    line.pass(10_000);
    line.all();
    line.hears(ack_saying(PUBREC, 1, 0x97));
    line.says_nothing_more();
    let expired = Told::Lost(Certainty::NotDelivered, LossCause::Expired);
    assert_eq!(*line.ledger.outcome(token), expired);
}

#[test]
fn v5_4_3_3_8_a_publish_of_qos_2_that_is_taken_is_answered_with_pubrec() {
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_2, "t", 513, "x"));
    line.says([PUBREC, 2, 2, 1]);
    line.says_nothing_more();
    // It is the session's from then on, and outlives the page.
    line.reload_and_resume();
    line.hears(ack(PUBREL, 513));
    line.says([PUBCOMP, 2, 2, 1]);
    assert_eq!(line.ledger.payloads(), ["x"]);
}

#[test]
fn v5_4_3_3_9_after_a_pubrec_that_refuses_the_identifier_means_another_message() {
    let utf_8 = flag(PAYLOAD_FORMAT_INDICATOR, 1);
    let mut line = Line::connected(V);
    line.client.set_payload_check(true);
    // Refused, and whatever DUP says, what follows is no repetition of it.
    for dup in [0, DUP] {
        line.hears(publish_with(V, QOS_2, "t", 5, &utf_8, b"\xC3\x28"));
        line.says(ack_saying(PUBREC, 5, 0x99));
        assert_eq!(line.client.incoming().len(), 0);
        line.hears(publish_with(V, QOS_2 | dup, "t", 5, &utf_8, "ü"));
        line.says(ack(PUBREC, 5));
        line.hears(ack(PUBREL, 5));
        line.says(ack(PUBCOMP, 5));
    }
    assert_eq!(line.ledger.payloads(), ["ü", "ü"]);
    // Nothing of it is left to be released.
    line.hears(publish_with(V, QOS_2, "t", 5, &utf_8, b"\xFF"));
    line.says(ack_saying(PUBREC, 5, 0x99));
    line.hears(ack(PUBREL, 5));
    line.says(ack_saying(PUBCOMP, 5, 0x92));
    assert_eq!(line.ledger.deliveries.len(), 2);
    // And it takes no place in our Receive Maximum.
    let mut line = Line::new(V);
    line.config.receive_maximum = Some(1);
    line.client.set_payload_check(true);
    line.establish();
    for id in 1..5 {
        line.hears(publish_with(V, QOS_2, "t", id, &utf_8, b"\xFF"));
        line.says(ack_saying(PUBREC, id, 0x99));
    }
    line.is_up();
}

#[test]
fn v5_4_3_3_10_until_pubrel_a_publish_with_its_identifier_is_answered_and_is_no_second_message() {
    let mut line = Line::connected(V);
    // Not even where it looks like one: the first is the one that was taken.
    for (dup, payload) in [(0, "x"), (DUP, "x"), (DUP, "y"), (0, "z")] {
        line.hears(publish(V, QOS_2 | dup, "t", 5, payload));
        line.says(ack(PUBREC, 5));
    }
    assert!(line.ledger.orphans.is_empty());
    line.break_link();
    line.resume();
    line.hears(publish(V, QOS_2 | DUP, "t", 5, "x"));
    line.says(ack(PUBREC, 5));
    line.reload_and_resume();
    line.hears(publish(V, QOS_2 | DUP, "t", 5, "x"));
    line.says(ack(PUBREC, 5));
    line.hears(ack(PUBREL, 5));
    line.says(ack(PUBCOMP, 5));
    line.says_nothing_more();
    assert_eq!(line.ledger.payloads(), ["x"]);
}

#[test]
fn v5_4_3_3_11_pubrel_is_answered_with_pubcomp_whenever_it_comes() {
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_2, "t", 513, "x"));
    line.all();
    line.hears(ack(PUBREL, 513));
    line.says([PUBCOMP, 2, 2, 1]);
    // Again, on the next connection, and for what was never heard of.
    line.break_link();
    line.resume();
    line.hears(ack(PUBREL, 513));
    line.says([PUBCOMP, 3, 2, 1, 0x92]);
    line.hears(ack(PUBREL, 7));
    line.says([PUBCOMP, 3, 0, 7, 0x92]);
    assert_eq!(line.ledger.payloads(), ["x"]);
    // Also where both come in one piece, and the message has not been handed over when the second one comes.
    line.hears(publish(V, QOS_2, "t", 513, "y"));
    line.says(ack(PUBREC, 513));
    line.hears([ack(PUBREL, 513), ack(PUBREL, 513)].concat());
    line.says([PUBCOMP, 2, 2, 1]);
    line.says([PUBCOMP, 3, 2, 1, 0x92]);
    line.says_nothing_more();
    assert_eq!(line.ledger.payloads(), ["x", "y"]);
}

#[test]
fn v5_4_3_3_12_after_pubcomp_the_identifier_means_another_message_whatever_dup_says() {
    let mut line = Line::connected(V);
    for (n, dup) in [0, 0, DUP, DUP].into_iter().enumerate() {
        line.hears(publish(V, QOS_2 | dup, "t", 5, "same"));
        line.says(ack(PUBREC, 5));
        line.hears(ack(PUBREL, 5));
        line.says(ack(PUBCOMP, 5));
        assert_eq!(line.ledger.deliveries.len(), n + 1);
    }
    // Also where both come in one piece, and the message has not been handed over when the next one comes.
    let mut line = Line::connected(V);
    line.hears(publish(V, QOS_2, "t", 5, "first"));
    line.says(ack(PUBREC, 5));
    line.hears([ack(PUBREL, 5), publish(V, QOS_2, "t", 5, "second")].concat());
    line.says(ack(PUBCOMP, 5));
    line.says(ack(PUBREC, 5));
    line.hears(ack(PUBREL, 5));
    line.says(ack(PUBCOMP, 5));
    assert_eq!(line.ledger.payloads(), ["first", "second"]);
}

#[test]
fn v5_4_3_3_13_the_handshake_goes_on_though_the_message_has_expired_meanwhile() {
    let list = long(MESSAGE_EXPIRY_INTERVAL, 1);
    let mut line = Line::connected(V);
    line.hears(publish_with(V, QOS_2, "t", 5, &list, "x"));
    line.says(ack(PUBREC, 5));
    line.pass(60_000);
    line.hears(publish_with(V, QOS_2 | DUP, "t", 5, &list, "x"));
    line.says(ack(PUBREC, 5));
    line.hears(ack(PUBREL, 5));
    line.says(ack(PUBCOMP, 5));
    line.says_nothing_more();
    assert_eq!(line.client.incoming().len(), 0);
}
