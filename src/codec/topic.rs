//! What a topic name and a topic filter may look like, and whether the two match (4.7, 4.8.2).

use super::TopicError;

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
    if name
        .as_bytes()
        .iter()
        .any(|&byte| matches!(byte, b'+' | b'#'))
    {
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
            let (name, levels) = shared.split_once('/').unwrap_or((shared, ""));
            if name.is_empty() || name.contains(['+', '#']) {
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
        Some(shared) => shared.split_once('/').map_or("", |(_, filter)| filter),
        None => filter,
    };
    if filter.starts_with(['+', '#']) && name.starts_with('$') {
        return false;
    }
    let mut levels = name.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// The rules names and filters share.
fn validate_text(topic: &str) -> Result<(), TopicError> {
    if topic.is_empty() {
        return Err(TopicError::Empty);
    }
    if topic.len() > usize::from(u16::MAX) {
        return Err(TopicError::TooLong);
    }
    if topic.as_bytes().contains(&0) {
        return Err(TopicError::NullCharacter);
    }
    Ok(())
}

/// Wildcards are whole levels, and nothing follows `#`. Works on bytes: no part of a longer UTF-8
/// sequence is ASCII.
fn validate_wildcards(levels: &str) -> Result<(), TopicError> {
    let mut levels = levels.as_bytes().split(|&byte| byte == b'/').peekable();
    while let Some(level) = levels.next() {
        if level.contains(&b'#') && (level.len() > 1 || levels.peek().is_some()) {
            return Err(TopicError::MultiLevelWildcard);
        }
        if level.contains(&b'+') && level.len() > 1 {
            return Err(TopicError::SingleLevelWildcard);
        }
    }
    Ok(())
}
