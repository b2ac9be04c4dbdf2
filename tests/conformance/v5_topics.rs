//! MQTT 5, chapters 4.7 and 4.8: topic names, topic filters, shared subscriptions.

use mqtt_mooring::codec::{QoS, ReasonCode, SubscriptionOptions, TopicError, Version, matches};
use mqtt_mooring::error::UsageError;

use super::bytes::*;
use super::line::Line;
use super::v5_properties::*;

const V: Version = Version::V5;

/// What subscribing to and unsubscribing from this filter comes to; nothing may be sent where it is refused.
fn filter(filter: &str) -> Result<(), TopicError> {
    let mut line = Line::connected(V);
    let now = line.now;
    let filters = [(filter, SubscriptionOptions::default())];
    let subscribed = line.client.subscribe(&filters, &[], now);
    let unsubscribed = line.client.unsubscribe(&[filter], &[], now);
    line.drain(&[]);
    assert_eq!(subscribed.is_ok(), unsubscribed.is_ok());
    match subscribed {
        Ok(_) => {
            line.says(subscribe(V, 1, filter, 0));
            line.says(unsubscribe(V, 2, filter));
            Ok(())
        }
        Err(UsageError::Topic(error)) => {
            line.says_nothing_more();
            Err(error)
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// What publishing to this topic comes to; nothing may be sent where it is refused.
fn name(topic: &str) -> Result<(), TopicError> {
    let mut line = Line::connected(V);
    let now = line.now;
    let published = line.client.publish(to(topic, QoS::AtMostOnce), now);
    line.drain(&[]);
    match published {
        Ok(_) => {
            line.says(publish(V, 0, topic, 0, "x"));
            Ok(())
        }
        Err(UsageError::Topic(error)) => {
            line.says_nothing_more();
            Err(error)
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// A PUBLISH to this topic ends the connection.
fn not_taken(topic: &[u8], reason: ReasonCode) {
    let mut line = Line::connected(V);
    line.hears(packet(PUBLISH, &[&text(topic), &[0], b"x"]));
    line.ended_in_protest(reason);
    assert_eq!(line.ledger.deliveries.len(), 0);
}

#[test]
fn v5_4_7_0_1_wildcards_are_for_filters_and_not_for_names() {
    for topic in ["#", "+", "sport/#", "sport/+/player", "sport+", "a#b"] {
        assert_eq!(name(topic), Err(TopicError::WildcardInName), "{topic}");
        not_taken(topic.as_bytes(), ReasonCode::TOPIC_NAME_INVALID);
    }
    for topic in ["/", "//", "sport/", "$SYS/x", " ", "a b", "*", "?"] {
        assert_eq!(name(topic), Ok(()), "{topic}");
    }
}

#[test]
fn v5_4_7_1_1_a_number_sign_is_the_whole_last_level() {
    for right in ["#", "/#", "sport/tennis/#", "+/#", "//#", "$SYS/#"] {
        assert_eq!(filter(right), Ok(()), "{right}");
    }
    for wrong in [
        "sport/tennis#",
        "sport/#/ranking",
        "##",
        "#/",
        "#a",
        "+#",
        "a/#/",
    ] {
        assert_eq!(
            filter(wrong),
            Err(TopicError::MultiLevelWildcard),
            "{wrong}"
        );
    }
}

#[test]
fn v5_4_7_1_2_a_plus_sign_is_a_whole_level() {
    for right in [
        "+",
        "+/tennis/#",
        "sport/+/player1",
        "/+",
        "+/",
        "+/+",
        "a/+",
    ] {
        assert_eq!(filter(right), Ok(()), "{right}");
    }
    for wrong in ["sport+", "+sport", "a/b+/c", "++", "+a/#", "a/+b"] {
        assert_eq!(
            filter(wrong),
            Err(TopicError::SingleLevelWildcard),
            "{wrong}"
        );
    }
}

#[test]
fn v5_4_7_2_1_a_wildcard_at_the_beginning_does_not_match_a_dollar_sign() {
    // Whoever filters on this side, an iterator over some of the messages say, does it by the same rules.
    for (filter, name, expected) in [
        ("#", "$SYS/x", false),
        ("+/x", "$SYS/x", false),
        ("+", "$SYS", false),
        ("$SYS/#", "$SYS/x", true),
        ("$SYS/+", "$SYS/x", true),
        ("#", "SYS/x", true),
        ("a/#", "a/$SYS", true),
        ("a/+", "a/$SYS", true),
        ("sport/#", "sport", true),
        ("sport/+", "sport", false),
        ("sport/+", "sport/", true),
        ("+/+", "/finance", true),
        ("+", "/finance", false),
    ] {
        assert_eq!(matches(filter, name), expected, "{filter} {name}");
    }
}

#[test]
fn v5_4_7_3_1_names_and_filters_have_at_least_one_character() {
    assert_eq!(name(""), Err(TopicError::Empty));
    assert_eq!(filter(""), Err(TopicError::Empty));
    assert_eq!(name("a"), Ok(()));
    assert_eq!(filter("a"), Ok(()));
    not_taken(b"", ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn v5_4_7_3_2_names_and_filters_have_no_u_0000() {
    for topic in ["\0", "a\0", "a/\0/b"] {
        assert_eq!(name(topic), Err(TopicError::NullCharacter));
        assert_eq!(filter(topic), Err(TopicError::NullCharacter));
        not_taken(topic.as_bytes(), ReasonCode::MALFORMED_PACKET);
    }
}

#[test]
fn v5_4_7_3_3_names_and_filters_have_at_most_65_535_bytes() {
    let longest = "a".repeat(65_535);
    assert_eq!(name(&longest), Ok(()));
    assert_eq!(filter(&longest), Ok(()));
    let mut line = Line::connected(V);
    line.hears(publish(V, 0, &longest, 0, "x"));
    assert_eq!(line.ledger.deliveries[0].topic, longest);
    // Bytes count, not characters.
    for longer in ["a".repeat(65_536), "ä".repeat(32_768)] {
        assert_eq!(name(&longer), Err(TopicError::TooLong));
        assert_eq!(filter(&longer), Err(TopicError::TooLong));
    }
}

#[test]
fn v5_4_7_3_4_names_are_handed_over_and_compared_as_they_are() {
    // The same to the eye: one code point, and two.
    let (one, two) = ("caf\u{E9}", "cafe\u{301}");
    let mut line = Line::connected(V);
    for topic in [one, two, "ACCOUNTS", "Accounts", "/finance", "finance"] {
        line.hears(publish(V, 0, topic, 0, "x"));
        assert_eq!(
            line.ledger.deliveries.last().expect("delivered").topic,
            topic
        );
    }
    assert!(
        !matches(one, two) && !matches("ACCOUNTS", "Accounts") && !matches("finance", "/finance")
    );
}

#[test]
fn v5_4_8_2_1_a_shared_subscription_begins_with_share_and_a_name() {
    for right in ["$share/n/t", "$share/n/#", "$share/n//", "$share/näme/+/a"] {
        assert_eq!(filter(right), Ok(()), "{right}");
    }
    for wrong in ["$share//t", "$share/", "$share//"] {
        assert_eq!(filter(wrong), Err(TopicError::ShareName), "{wrong}");
    }
    // It is another filter without the slash, or in other letters.
    for other in ["$share", "$shared/t", "$SHARE/#"] {
        assert_eq!(filter(other), Ok(()), "{other}");
    }
}

#[test]
fn v5_4_8_2_2_a_share_name_has_no_wildcard_and_a_filter_behind_it() {
    for wrong in ["$share/+/t", "$share/#/t", "$share/a+b/t", "$share/a#/t"] {
        assert_eq!(filter(wrong), Err(TopicError::ShareName), "{wrong}");
    }
    for wrong in ["$share/n", "$share/n/"] {
        assert_eq!(filter(wrong), Err(TopicError::ShareFilter), "{wrong}");
    }
    assert_eq!(filter("$share/n/a#"), Err(TopicError::MultiLevelWildcard));
    assert_eq!(filter("$share/n/a+"), Err(TopicError::SingleLevelWildcard));
}

#[test]
fn v5_4_8_2_4_a_message_of_a_shared_subscription_is_received_to_its_end_over_connections() {
    let mut line = Line::connected(V);
    line.subscribes("$share/n/t", QoS::ExactlyOnce);
    line.hears(suback(V, 1, &[2]));
    line.all();
    line.hears(publish(V, QOS_2, "t", 5, "x"));
    line.says(ack(PUBREC, 5));
    line.break_link();
    line.resume();
    line.hears(ack(PUBREL, 5));
    line.says(ack(PUBCOMP, 5));
    assert_eq!(line.ledger.payloads(), ["x"]);
}
