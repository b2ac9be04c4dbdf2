//! MQTT 5, chapters 4.1 to 4.6 but for 4.3: session, transport, sending again, order.

use mqtt_mooring::client::output::LossCause;
use mqtt_mooring::codec::{QoS, ReasonCode, Version};
use mqtt_mooring::error::RestoreError;

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::{ID, Told};

const V: Version = Version::V5;

#[test]
fn v5_4_1_0_1_the_session_is_not_discarded_while_there_is_a_connection() {
    // The interval counts from the end of the connection; and a session that is to end with it ends no earlier.
    for expiry in [1, 0] {
        let mut line = Line::new(V);
        line.config.session_expiry_interval = Some(expiry);
        line.config.clean_session = expiry == 0;
        line.config.keep_alive = 10;
        line.establish();
        line.send("out", QoS::ExactlyOnce);
        line.hears(publish(V, QOS_2, "t", 9, "in"));
        line.all();
        for _ in 0..20 {
            line.pass(10_000);
            line.says(PINGREQ);
            line.hears(PINGRESP);
        }
        line.hears(ack(PUBREC, 1));
        line.says(ack(PUBREL, 1));
        line.hears(ack(PUBREL, 9));
        line.says(ack(PUBCOMP, 9));
        assert_eq!(line.ledger.payloads(), ["in"]);
    }
}

#[test]
fn v5_4_1_0_2_a_saved_session_whose_interval_is_over_is_not_restored() {
    let mut line = Line::new(V);
    line.config.session_expiry_interval = Some(10);
    line.establish();
    line.send("out", QoS::AtLeastOnce);
    line.break_link();
    let saved = line.client.save(line.now);
    line.reload();
    let (just, over) = (line.now + 9_999, line.now + 12_000);
    let late = line.client.restore(&saved, ID, V, over);
    assert!(
        matches!(late, Err(RestoreError::Expired { .. })),
        "{late:?}"
    );
    line.client
        .restore(&saved, ID, V, just)
        .expect("still there");
}

/// One session of everything, `cut` bytes at a time.
fn conversation(cut: usize) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut line = Line::new(V);
    let mut said = vec![line.dial()];
    let mut hears = |line: &mut Line, bytes: Vec<u8>| {
        for piece in bytes.chunks(cut) {
            line.hears(piece);
        }
        said.extend(line.all());
    };
    hears(&mut line, connack(V, false));
    line.subscribes("t", QoS::ExactlyOnce);
    line.send("out", QoS::ExactlyOnce);
    let list = user("n", "v".repeat(200));
    let came = [
        suback(V, 1, &[2]),
        publish_with(V, QOS_1, "t", 1, &list, "a".repeat(300)),
        publish(V, QOS_2, "t", 2, "b"),
        ack(PUBREC, 2),
        ack(PUBREL, 2),
        publish(V, 0, "t", 0, ""),
        ack(PUBCOMP, 2),
    ];
    hears(&mut line, came.concat());
    line.is_up();
    assert_eq!(line.client.packet_ids_in_use(), 0);
    // When the application is done with a message depends on when it has it.
    said.sort();
    (said, line.ledger.payloads())
}

#[test]
fn v5_4_2_1_the_transport_is_a_stream_of_bytes_and_its_pieces_mean_nothing() {
    let whole = conversation(usize::MAX);
    assert_eq!(whole.1, ["a".repeat(300), "b".into(), String::new()]);
    for cut in 1..20 {
        assert_eq!(conversation(cut), whole, "pieces of {cut}");
    }
}

#[test]
fn v5_4_2_0_1_all_that_one_turn_says_leaves_in_its_order_in_one_stream() {
    let mut line = Line::connected(V);
    for n in 1..=100_u16 {
        line.send(&n.to_string(), QoS::AtLeastOnce);
        line.hears(publish(V, QOS_1, "t", n, "x"));
    }
    for n in 1..=100_u16 {
        line.says(publish(V, QOS_1, "meters/7", n, n.to_string()));
        line.says(ack(PUBACK, n));
    }
    line.says_nothing_more();
}

#[test]
fn v5_4_4_0_1_what_is_unacknowledged_is_sent_again_on_the_next_connection_and_at_no_other_time() {
    let mut line = Line::new(V);
    line.config.keep_alive = 10;
    line.establish();
    line.send("one", QoS::AtLeastOnce);
    line.send("two", QoS::ExactlyOnce);
    line.send("three", QoS::ExactlyOnce);
    line.hears(ack(PUBREC, 3));
    line.all();
    for reconnected in [false, true, true] {
        if reconnected {
            line.break_link();
            line.resume();
            line.says(publish(V, DUP | QOS_1, "meters/7", 1, "one"));
            line.says(publish(V, DUP | QOS_2, "meters/7", 2, "two"));
            line.says(ack(PUBREL, 3));
        }
        // However long it takes, and whatever else goes on.
        for _ in 0..20 {
            line.pass(10_000);
            line.says(PINGREQ);
            line.hears(PINGRESP);
            line.hears(publish(V, QOS_1, "t", 1, "x"));
            line.says(ack(PUBACK, 1));
            line.send("zero", QoS::AtMostOnce);
            line.says(publish(V, 0, "meters/7", 0, "zero"));
            line.says_nothing_more();
        }
    }
    line.hears(ack(PUBACK, 1));
    line.hears(ack(PUBREC, 2));
    line.says(ack(PUBREL, 2));
    line.hears([ack(PUBCOMP, 2), ack(PUBCOMP, 3)].concat());
    line.break_link();
    line.resume();
    line.says_nothing_more();
}

#[test]
fn v5_4_4_0_2_what_was_refused_is_not_sent_again() {
    for code in [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99] {
        let mut line = Line::connected(V);
        let one = line.send("one", QoS::AtLeastOnce);
        let two = line.send("two", QoS::ExactlyOnce);
        line.all();
        line.hears(ack_saying(PUBACK, 1, code));
        line.hears(ack_saying(PUBREC, 2, code));
        line.says_nothing_more();
        for token in [one, two] {
            assert_eq!(*line.ledger.outcome(token), Told::Out(ReasonCode(code)));
        }
        assert_eq!(line.client.packet_ids_in_use(), 0);
        line.break_link();
        line.resume();
        line.says_nothing_more();
        line.reload_and_resume();
        line.says_nothing_more();
    }
}

#[test]
fn v5_4_5_0_2_what_nobody_subscribed_to_is_acknowledged_all_the_same() {
    let mut line = Line::connected(V);
    line.subscribes("t", QoS::AtMostOnce);
    line.hears(suback(V, 1, &[0]));
    line.unsubscribes("t");
    line.hears(unsuback(V, 2, &[0]));
    line.all();
    for topic in ["t", "never/asked/for", "$SYS/uptime"] {
        line.hears(publish(V, QOS_1, topic, 1, "x"));
        line.says(ack(PUBACK, 1));
        line.hears(publish(V, QOS_2, topic, 2, "x"));
        line.says(ack(PUBREC, 2));
        line.hears(ack(PUBREL, 2));
        line.says(ack(PUBCOMP, 2));
    }
    // At a QoS that was not asked for, too.
    line.is_up();
}

#[test]
fn v5_4_6_0_1_what_is_sent_again_keeps_the_order_of_the_first_time() {
    let mut line = Line::connected(V);
    // Identifiers run round: what comes later may have a smaller one.
    for id in 1..=u16::MAX - 3 {
        line.unsubscribes("t");
        line.hears(unsuback(V, id, &[0]));
    }
    line.all();
    let mut ids = Vec::new();
    for n in 1..=9 {
        let qos = if n % 3 == 0 {
            QoS::ExactlyOnce
        } else {
            QoS::AtLeastOnce
        };
        line.send(&n.to_string(), qos);
        let said = line.next();
        ids.push(u16::from_be_bytes([said[12], said[13]]));
    }
    assert_eq!(ids, [65_533, 65_534, 65_535, 1, 2, 3, 4, 5, 6]);
    for done in [65_533, 1, 5] {
        line.hears(ack(PUBACK, done));
    }
    for reload in [false, true] {
        if reload {
            line.reload_and_resume();
        } else {
            line.break_link();
            line.resume();
        }
        for n in [2, 3, 5, 6, 7, 9_usize] {
            let qos = if n % 3 == 0 { QOS_2 } else { QOS_1 };
            line.says(publish(V, DUP | qos, "meters/7", ids[n - 1], n.to_string()));
        }
        line.says_nothing_more();
    }
}

/// PUBACKs, whenever the application is done with which.
#[test]
fn v5_4_6_0_2_pubacks_go_out_in_the_order_of_their_publishes() {
    let mut line = Line::new(V);
    line.auto_ack = false;
    line.establish();
    for id in [30, 10, 20] {
        line.hears(publish(V, QOS_1, "t", id, "x"));
    }
    let tickets: Vec<_> = line
        .ledger
        .deliveries
        .iter()
        .filter_map(|it| it.ticket)
        .collect();
    line.handled(tickets[2]);
    line.says_nothing_more();
    line.handled(tickets[0]);
    line.says(ack(PUBACK, 30));
    line.says_nothing_more();
    line.handled(tickets[1]);
    line.says(ack(PUBACK, 10));
    line.says(ack(PUBACK, 20));
}

#[test]
fn v5_4_6_0_3_pubrecs_go_out_in_the_order_of_their_publishes() {
    let mut line = Line::connected(V);
    let ids = [30, 10, 20, 5];
    let came: Vec<u8> = ids
        .iter()
        .flat_map(|id| publish(V, QOS_2, "t", *id, "x"))
        .collect();
    line.hears(came);
    for id in ids {
        line.says(ack(PUBREC, id));
    }
    line.says_nothing_more();
}

#[test]
fn v5_4_6_0_4_pubrels_go_out_in_the_order_of_their_pubrecs_now_and_again() {
    let mut line = Line::connected(V);
    for n in 1..=4 {
        line.send(&n.to_string(), QoS::ExactlyOnce);
    }
    line.all();
    let order = [3, 1, 4, 2];
    line.hears(order.map(|id| ack(PUBREC, id)).concat());
    for id in order {
        line.says(ack(PUBREL, id));
    }
    line.says_nothing_more();
    line.break_link();
    line.resume();
    for id in order {
        line.says(ack(PUBREL, id));
    }
    line.says_nothing_more();
}

#[test]
fn v5_4_6_0_5_messages_of_one_topic_and_qos_are_handed_over_in_the_order_they_came() {
    let mut line = Line::connected(V);
    for n in 1..=3_u16 {
        line.hears(publish(V, QOS_2, "t", n, format!("two {n}")));
        line.hears(publish(V, QOS_1, "t", n + 10, format!("one {n}")));
    }
    for n in 1..=3_u16 {
        line.hears(ack(PUBREL, n));
    }
    let expected = ["one 1", "one 2", "one 3", "two 1", "two 2", "two 3"];
    assert_eq!(line.ledger.payloads(), expected);
}

#[test]
fn v5_4_5_0_1_a_message_of_a_session_that_the_server_lost_is_told_as_lost() {
    let mut line = Line::connected(V);
    let token = line.send("x", QoS::ExactlyOnce);
    line.all();
    line.break_link();
    line.dial();
    line.hears(connack(V, false));
    let told = line.ledger.outcome(token);
    assert!(
        matches!(told, Told::Lost(_, LossCause::SessionLost)),
        "{told:?}"
    );
}
