//! What a topic name and a topic filter may look like, and whether the two match (4.7, 4.8.2).

use super::TopicError;
use crate::text::{has, split, split_once};

/// Whether `filter` asks for a shared subscription (4.8.2).
pub fn is_shared(filter: &str) -> bool {
    filter.starts_with("$share/")
}

/// Checks a topic name: what a message is published to.
///
/// At least one character `[MQTT-4.7.3-1]`, no wildcard `[MQTT-4.7.0-1]`, no U+0000
/// `[MQTT-4.7.3-2]`, at most 65,535 bytes `[MQTT-4.7.3-3]`.
pub fn validate_name(name: &str) -> Result<(), TopicError> {
    validate_text(name)?;
    if has_wildcard(name) {
        return Err(TopicError::WildcardInName);
    }
    Ok(())
}

/// Checks a topic filter: what is subscribed to.
///
/// As [`validate_name`], but wildcards may stand as whole levels, `#` as the last one only
/// `[MQTT-4.7.1-1]` `[MQTT-4.7.1-2]`. Behind `$share/` there must be a share name and a filter
/// `[MQTT-4.8.2-1]` `[MQTT-4.8.2-2]`. 3.1.1 has no such rule, but is held to it: topics beginning
/// with `$` are the server's (4.7.2), and one that shares in 3.1.1 means the same by it.
pub fn validate_filter(filter: &str) -> Result<(), TopicError> {
    validate_text(filter)?;
    let levels = match filter.strip_prefix("$share/") {
        None => filter,
        Some(shared) => {
            let (name, levels) = split_once(shared, b'/').unwrap_or((shared, ""));
            if name.is_empty() || has_wildcard(name) {
                return Err(TopicError::ShareName);
            }
            if levels.is_empty() {
                return Err(TopicError::ShareFilter);
            }
            levels
        }
    };
    validate_wildcards(levels)
}

/// Whether a message to the topic `name` is one that `filter` asks for; both valid.
///
/// Level by level, case and empty levels included; `#` also matches the level above it (4.7.1.2). A
/// wildcard at the beginning matches no name that begins with `$` `[MQTT-4.7.2-1]`. A shared
/// subscription matches what the filter behind its share name matches (4.8.2).
pub fn matches(filter: &str, name: &str) -> bool {
    let filter = match filter.strip_prefix("$share/") {
        Some(shared) => split_once(shared, b'/').map_or("", |(_, filter)| filter),
        None => filter,
    };
    let begins_with = |text: &str, byte| text.as_bytes().first() == Some(&byte);
    if begins_with(name, b'$') && (begins_with(filter, b'+') || begins_with(filter, b'#')) {
        return false;
    }
    let mut levels = split(name, b'/');
    for wanted in split(filter, b'/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.is_over()
}

/// The rules names and filters share.
fn validate_text(topic: &str) -> Result<(), TopicError> {
    if topic.is_empty() {
        return Err(TopicError::Empty);
    }
    if topic.len() > usize::from(u16::MAX) {
        return Err(TopicError::TooLong);
    }
    if has(topic, 0) {
        return Err(TopicError::NullCharacter);
    }
    Ok(())
}

/// Whether there is a wildcard in a name, or in a filter.
pub(crate) fn has_wildcard(text: &str) -> bool {
    has(text, b'+') || has(text, b'#')
}

/// Wildcards are whole levels, and nothing follows `#`.
fn validate_wildcards(levels: &str) -> Result<(), TopicError> {
    let mut levels = split(levels, b'/');
    while let Some(level) = levels.next() {
        if has(level, b'#') && (level.len() > 1 || !levels.is_over()) {
            return Err(TopicError::MultiLevelWildcard);
        }
        if has(level, b'+') && level.len() > 1 {
            return Err(TopicError::SingleLevelWildcard);
        }
    }
    Ok(())
}
