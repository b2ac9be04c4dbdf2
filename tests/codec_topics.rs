//! What a topic name and a topic filter may look like, and which match, by the examples of the
//! specification.
#![cfg(not(target_arch = "wasm32"))]

use mqtt_mooring::codec::{TopicError, is_shared, matches, validate_filter, validate_name};

#[test]
fn names_of_the_specification_are_names() {
    // 4.7.3
    for name in [
        "/",
        "ACCOUNTS",
        "Accounts payable",
        "/finance",
        "a//b",
        "$SYS/monitor",
        "é/✓",
    ] {
        assert_eq!(validate_name(name), Ok(()), "{name}");
    }
}

#[test]
fn what_is_no_name_is_told_apart() {
    assert_eq!(validate_name(""), Err(TopicError::Empty)); // [MQTT-4.7.3-1]
    assert_eq!(validate_name("a\0b"), Err(TopicError::NullCharacter)); // [MQTT-4.7.3-2]
    assert_eq!(validate_name(&"x".repeat(65_536)), Err(TopicError::TooLong)); // [MQTT-4.7.3-3]
    assert_eq!(validate_name(&"x".repeat(65_535)), Ok(()));
    for name in ["a/+", "#", "a+", "a#b"] {
        assert_eq!(
            validate_name(name),
            Err(TopicError::WildcardInName),
            "{name}"
        ); // [MQTT-4.7.0-1]
    }
}

#[test]
fn filters_of_the_specification_are_filters() {
    // 4.7.1.2, 4.7.1.3, 4.7.2, 4.8.2
    for filter in [
        "sport/tennis/player1/#",
        "#",
        "sport/tennis/#",
        "+",
        "+/tennis/#",
        "sport/+/player1",
        "+/+",
        "/+",
        "/",
        "$SYS/#",
        "$SYS/monitor/+",
        "$share/consumer1/sport/tennis/+",
        "$share/consumer1//finance",
        "$share/g/#",
        "$share", // not a shared subscription: that one must start with "$share/"
        "$shared/x",
    ] {
        assert_eq!(validate_filter(filter), Ok(()), "{filter}");
    }
}

#[test]
fn what_is_no_filter_is_told_apart() {
    assert_eq!(validate_filter(""), Err(TopicError::Empty));
    assert_eq!(validate_filter("a\0"), Err(TopicError::NullCharacter));
    assert_eq!(
        validate_filter(&"x".repeat(65_536)),
        Err(TopicError::TooLong)
    );
    for filter in [
        "sport/tennis#",
        "sport/tennis/#/ranking",
        "#/",
        "##",
        "#a",
        "+#",
    ] {
        assert_eq!(
            validate_filter(filter),
            Err(TopicError::MultiLevelWildcard),
            "{filter}"
        ); // [MQTT-4.7.1-1]
    }
    for filter in ["sport+", "+a/b", "a/b+/c", "++"] {
        assert_eq!(
            validate_filter(filter),
            Err(TopicError::SingleLevelWildcard),
            "{filter}"
        ); // [MQTT-4.7.1-2]
    }
    for filter in [
        "$share/",
        "$share//a",
        "$share/+/a",
        "$share/g#/a",
        "$share/#",
    ] {
        assert_eq!(
            validate_filter(filter),
            Err(TopicError::ShareName),
            "{filter}"
        ); // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    }
    for filter in ["$share/g", "$share/g/"] {
        assert_eq!(
            validate_filter(filter),
            Err(TopicError::ShareFilter),
            "{filter}"
        ); // [MQTT-4.8.2-2]
    }
    assert_eq!(
        validate_filter("$share/g/a+"),
        Err(TopicError::SingleLevelWildcard)
    );
}

#[test]
fn a_shared_subscription_is_known_by_its_beginning() {
    assert!(is_shared("$share/g/a"));
    assert!(!is_shared("$share") && !is_shared("a/$share/b") && !is_shared("$shared/a"));
}

#[test]
fn a_filter_matches_what_the_specification_says_it_does() {
    for (filter, names) in [
        // 4.7.1.2
        (
            "sport/tennis/player1/#",
            &[
                "sport/tennis/player1",
                "sport/tennis/player1/ranking",
                "sport/tennis/player1/score/wimbledon",
            ][..],
        ),
        ("sport/#", &["sport", "sport/"]),
        ("#", &["sport", "/", "a//b"]),
        // 4.7.1.3
        (
            "sport/tennis/+",
            &["sport/tennis/player1", "sport/tennis/player2"],
        ),
        ("sport/+", &["sport/"]),
        ("+/+", &["/finance"]),
        ("/+", &["/finance"]),
        ("+/tennis/#", &["sport/tennis", "/tennis/x"]),
        // 4.7.2
        ("$SYS/#", &["$SYS/monitor/Clients", "$SYS"]),
        ("$SYS/monitor/+", &["$SYS/monitor/Clients"]),
        ("a/+", &["a/$b"]),
        // 4.8.2
        ("$share/consumer1/sport/tennis/+", &["sport/tennis/x"]),
        ("$share/consumer1//finance", &["/finance"]),
        ("$share/g/#", &["a", "a/b"]),
        ("$share/g/$SYS/#", &["$SYS/x"]),
        ("é/+", &["é/✓"]),
    ] {
        assert_eq!(validate_filter(filter), Ok(()));
        for name in names {
            assert_eq!(validate_name(name), Ok(()));
            assert!(matches(filter, name), "{filter} {name}");
        }
    }
}

#[test]
fn a_filter_matches_nothing_else() {
    for (filter, names) in [
        ("sport/tennis/+", &["sport/tennis/player1/ranking"][..]),
        ("sport/+", &["sport", "sports/x"]),
        ("sport/#", &["sports", "Sport", "/sport"]),
        ("+", &["/finance", "a/", "/"]),
        ("a", &["a/", "/a", "A"]),
        ("a/b", &["a", "a/b/c"]),
        // [MQTT-4.7.2-1]
        ("#", &["$SYS", "$SYS/monitor/Clients"]),
        ("+/monitor/Clients", &["$SYS/monitor/Clients"]),
        ("$share/g/#", &["$SYS/x"]),
        ("$share/g/+/x", &["$SYS/x"]),
        ("$share/g/a", &["g/a", "$share/g/a"]),
    ] {
        for name in names {
            assert!(!matches(filter, name), "{filter} {name}");
        }
    }
}

#[test]
fn whatever_the_strings_are_matching_answers() {
    for filter in ["", "$share/", "$share/g", "a#", "+/#/b", "#/a"] {
        for name in ["", "a", "$", "/", "+"] {
            matches(filter, name);
        }
    }
}
