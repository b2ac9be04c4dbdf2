//! What is found in storage. First byte: the version and whether the client identifier is known; then for each record its
//! name, whether its checksum is made to fit, its length and its bytes.

use std::collections::BTreeMap;

use mqtt_mooring::client::output::Output;
use mqtt_mooring::client::{Client, Recovered};
use mqtt_mooring::codec::{QoS, Version};
use mqtt_mooring::session::journal::{Change, RecordName, restore};

use super::bytes::Bytes;
use super::memory::within;
use super::seal;
use crate::durable_support::View;
use crate::support::{ID, START, VERSIONS, message};

type Records = BTreeMap<String, Vec<u8>>;

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let first = bytes.byte();
    let version = VERSIONS[usize::from(first % 2)];
    let client_id = if first & 2 == 0 { ID } else { "" };
    let mut records = Records::new();
    while !bytes.is_empty() {
        let (name, record) = record(&mut bytes);
        records.insert(name, record);
    }
    let list: Vec<_> = records.clone().into_iter().collect();
    let size: usize = list.iter().map(|(k, v)| k.len() + v.len()).sum();
    let limit = 300 * size + 65_536;
    drop(within(limit, || restore(&list, client_id, version, 1, 2)));

    let Some((client, recovered)) = within(limit, || recover(&records, client_id, version)) else {
        return;
    };
    for (name, _) in &recovered.bad {
        assert!(records.contains_key(name), "nobody stored {name}");
    }
    goes_on(client, recovered, records, client_id, version);
}

/// The session is written, a message is accepted and written; whoever reads that holds the same.
fn goes_on(
    mut client: Client,
    recovered: Recovered,
    mut records: Records,
    client_id: &str,
    version: Version,
) {
    let held = View::of(&client);
    assert_eq!(
        held.in_flight.len() + held.outbox.len(),
        recovered
            .outgoing
            .max(held.in_flight.len() + held.outbox.len())
    );
    let bad: Vec<String> = recovered.bad.into_iter().map(|(name, _)| name).collect();
    let is_message = |name: &String| name.starts_with("o/");
    write(&mut client, &mut records, &bad);
    client
        .publish(message("new", QoS::ExactlyOnce), START)
        .expect("room");
    write(&mut client, &mut records, &bad);
    for name in &bad {
        // Put aside by whoever read it; of those that were overwritten nothing is left.
        if is_message(name) || records.get(name).is_some_and(|r| restores_not(name, r)) {
            records.remove(name);
        }
    }
    let (later, again) = recover(&records, client_id, version).expect("what was written");
    assert_eq!(again.bad, [], "written, and not to be read");
    assert_eq!(View::of(&later), View::of(&client));
}

fn restores_not(name: &str, record: &[u8]) -> bool {
    let only = [(name.to_owned(), record.to_vec())];
    restore(&only, "", Version::V5, 1, 2).is_ok_and(|r| !r.bad.is_empty())
}

fn recover(records: &Records, client_id: &str, version: Version) -> Option<(Client, Recovered)> {
    let mut client = Client::new(1);
    let known = records.iter();
    let list: Vec<_> = known.map(|(k, v)| (k.clone(), v.clone())).collect();
    let recovered = client.recover(&list, client_id, version).ok()?;
    Some((client, recovered))
}

/// Storage does what it is asked, in vain for nobody: what lies aside is not overwritten.
fn write(client: &mut Client, records: &mut Records, bad: &[String]) {
    while let Some(output) = client.poll_output() {
        let Output::Persist { batch, changes } = output else {
            continue;
        };
        for change in changes {
            match change {
                Change::Put { name, record } => {
                    let text = name.to_string();
                    let is_aside = matches!(name, RecordName::Outgoing(_)) && bad.contains(&text);
                    assert!(!is_aside, "{text} is overwritten");
                    records.insert(text, record);
                }
                Change::Remove { name } => drop(records.remove(&name.to_string())),
            }
        }
        client.persisted(batch, START);
    }
}

fn record(bytes: &mut Bytes<'_>) -> (String, Vec<u8>) {
    let which = bytes.byte();
    let number = bytes.byte();
    let length = usize::from(bytes.number() % 1024);
    let body = bytes.take(length);
    let name = match which % 8 {
        0 => "meta".into(),
        1 => "subscriptions".into(),
        2 => "saved".into(),
        3 | 4 => format!("o/{number}"),
        5 | 6 => format!("i/{number}"),
        _ => format!("o/{}", u64::MAX - u64::from(number)),
    };
    let record = match (which / 8 % 4, name.as_str()) {
        (0, _) => body.to_vec(),
        (format, "saved") => seal::session(u32::from(format.min(2)), body).into_bytes(),
        _ => seal::record(body),
    };
    (name, record)
}
