//! MQTT 5, chapters 3.2.2.3.8 and 3.3.2.3.4: the Topic Aliases of our own.

use mqtt_mooring::client::PublishRequest;
use mqtt_mooring::codec::{QoS, Version};
use mqtt_mooring::error::UsageError;

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;
use crate::support::Told;

const V: Version = Version::V5;
const TOPIC: &str = "meters/7/temperature";

/// The PUBLISH of "x" at QoS 0.
fn said(topic: &str, alias: u16) -> Vec<u8> {
    let list = match alias {
        0 => Vec::new(),
        _ => short(TOPIC_ALIAS, alias),
    };
    publish_with(V, 0, topic, 0, &list, "x")
}

/// What the application publishes by hand at QoS 0: this topic by this alias.
fn by_hand(line: &mut Line, topic: &str, alias: u16) -> Result<(), UsageError> {
    let (list, now) = (short(TOPIC_ALIAS, alias), line.now);
    let properties = &list;
    let request = PublishRequest {
        properties,
        ..to(topic, QoS::AtMostOnce)
    };
    let published = line.client.publish(request, now);
    line.drain(&[]);
    published.map(drop)
}

/// Connected to a server that takes so many aliases; `None`: it does not say.
fn server(maximum: Option<u16>, automatic: bool) -> Line {
    let mut line = Line::new(V);
    line.config.automatic_topic_aliases = automatic;
    line.dial();
    accepts(&mut line, false, maximum);
    line
}

fn accepts(line: &mut Line, present: bool, maximum: Option<u16>) {
    let list = maximum.map(|maximum| short(TOPIC_ALIAS_MAXIMUM, maximum));
    line.hears(connack_with(V, present, 0, &list.unwrap_or_default()));
    line.is_up();
}

/// Publishes to as many topics, twice each; the aliases that went out.
fn automatic(maximum: Option<u16>, topics: usize) -> Vec<u16> {
    let mut line = server(maximum, true);
    let mut aliases = Vec::new();
    for n in (0..topics).chain(0..topics) {
        line.publish(to(&format!("{TOPIC}/{n}"), QoS::AtMostOnce));
        let packet = line.next();
        let mut reader = Reader::of(PUBLISH, &packet);
        reader.text();
        match reader.properties() {
            [] => {}
            [TOPIC_ALIAS, high, low] => aliases.push(u16::from_be_bytes([*high, *low])),
            other => panic!("{other:02x?}"),
        }
    }
    aliases
}

#[test]
fn v5_3_2_2_17_no_alias_is_above_the_servers_topic_alias_maximum() {
    let mut line = server(Some(2), false);
    by_hand(&mut line, TOPIC, 2).expect("allowed");
    line.says(said(TOPIC, 2));
    by_hand(&mut line, TOPIC, 2).expect("allowed");
    line.says(said("", 2));
    for alias in [3, u16::MAX] {
        let refused = by_hand(&mut line, TOPIC, alias);
        assert!(
            matches!(refused, Err(UsageError::NotAvailable(_))),
            "{refused:?}"
        );
        line.says_nothing_more();
    }
    for maximum in [1, 2, 5] {
        let aliases = automatic(Some(maximum), 8);
        assert!(!aliases.is_empty());
        assert!(
            aliases.iter().all(|alias| (1..=maximum).contains(alias)),
            "{aliases:?}"
        );
    }
}

#[test]
fn v5_3_2_2_18_a_server_that_names_no_topic_alias_maximum_is_sent_no_alias() {
    for maximum in [None, Some(0)] {
        assert_eq!(automatic(maximum, 3), []);
        let mut line = server(maximum, false);
        let refused = by_hand(&mut line, TOPIC, 1);
        assert!(
            matches!(refused, Err(UsageError::NotAvailable(_))),
            "{refused:?}"
        );
        line.says_nothing_more();
    }
}

#[test]
fn v5_3_3_2_9_a_message_that_waited_for_another_server_goes_without_an_alias_that_is_too_high() {
    let mut line = Line::new(V);
    line.dial();
    let list = short(TOPIC_ALIAS, 3);
    let properties = &list;
    let token = line.publish(PublishRequest {
        properties,
        ..to(TOPIC, QoS::AtLeastOnce)
    });
    accepts(&mut line, false, Some(2));
    line.says(publish(V, QOS_1, TOPIC, 1, "x"));
    line.hears(ack(PUBACK, 1));
    assert!(matches!(line.ledger.outcome(token), Told::Out(_)));
    // Sent again, it has its whole topic, whatever this server would take.
    let mut line = server(Some(9), false);
    line.publish(PublishRequest {
        properties,
        ..to(TOPIC, QoS::AtLeastOnce)
    });
    line.says(publish_with(V, QOS_1, TOPIC, 1, &list, "x"));
    line.publish(PublishRequest {
        properties,
        ..to(TOPIC, QoS::AtLeastOnce)
    });
    line.says(publish_with(V, QOS_1, "", 2, &list, "x"));
    line.break_link();
    line.dial();
    accepts(&mut line, true, Some(1));
    line.says(publish(V, DUP | QOS_1, TOPIC, 1, "x"));
    line.says(publish(V, DUP | QOS_1, TOPIC, 2, "x"));
}

#[test]
fn v5_3_3_2_7_an_alias_of_ours_is_set_anew_on_every_connection() {
    let mut line = server(Some(1), false);
    for _ in 0..2 {
        by_hand(&mut line, TOPIC, 1).expect("allowed");
        line.says(said(TOPIC, 1));
        by_hand(&mut line, TOPIC, 1).expect("allowed");
        line.says(said("", 1));
        line.break_link();
        line.dial();
        accepts(&mut line, true, Some(1));
    }
    let mut line = server(Some(1), true);
    for _ in 0..2 {
        line.publish(to(TOPIC, QoS::AtMostOnce));
        line.says(said(TOPIC, 1));
        line.publish(to(TOPIC, QoS::AtMostOnce));
        line.says(said("", 1));
        line.break_link();
        line.dial();
        accepts(&mut line, true, Some(1));
    }
}

#[test]
fn v5_3_3_2_12_every_alias_up_to_the_servers_maximum_is_used() {
    let mut line = server(Some(u16::MAX), false);
    for alias in [1, 2, 300, u16::MAX] {
        let topic = format!("{TOPIC}/{alias}");
        by_hand(&mut line, &topic, alias).expect("allowed");
        line.says(said(&topic, alias));
        by_hand(&mut line, &topic, alias).expect("allowed");
        line.says(said("", alias));
    }
    // Another topic by the same alias, and the alias means that one.
    by_hand(&mut line, TOPIC, 1).expect("allowed");
    line.says(said(TOPIC, 1));
    by_hand(&mut line, TOPIC, 1).expect("allowed");
    line.says(said("", 1));
    let mut aliases = automatic(Some(5), 5);
    aliases.sort_unstable();
    aliases.dedup();
    assert_eq!(aliases, [1, 2, 3, 4, 5]);
}
