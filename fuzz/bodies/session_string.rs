//! The string of a saved session. First byte: 0: the string as it is; else the format under which what follows is sealed as
//! a body.

use mqtt_mooring::client::Client;
use mqtt_mooring::client::config::Config;
use mqtt_mooring::client::output::Output;
use mqtt_mooring::codec::{ConnAck, Packet, Properties, ReasonCode, Version};
use mqtt_mooring::session::snapshot;

use super::memory::within;
use super::seal;
use crate::support::{Pieces, START, config, decode, encode};

pub fn run(data: &[u8]) {
    let Some((how, body)) = data.split_first() else {
        return;
    };
    let text = match how % 4 {
        0 => String::from_utf8_lossy(body).into_owned(),
        format => seal::session(format.into(), body),
    };
    // A message of a few bytes has a place in a map of its own.
    let Ok(saved) = within(200 * text.len() + 4096, || snapshot::restore(&text)) else {
        return;
    };
    let again = snapshot::save(&saved.session, saved.saved_at);
    let restored = snapshot::restore(&again).expect("saved");
    assert_eq!(format!("{restored:?}"), format!("{saved:?}"));
    assert_eq!(snapshot::save(&restored.session, restored.saved_at), again);

    let session = &saved.session;
    let (version, id) = (session.version, session.client_id.clone());
    within(500 * text.len() + 65_536, || goes_on(&text, version, id));
}

/// A client restores it, and takes it to a server that has it.
fn goes_on(text: &str, version: Version, client_id: String) {
    let mut client = Client::new(1);
    if client.restore(text, "", version, START).is_err() {
        return;
    }
    snapshot::restore(&client.save(START)).expect("saved");
    let config = Config {
        client_id,
        ..config(version)
    };
    if client.connect(config, START).is_err() {
        return;
    }
    client.handle_opened(START);
    drain(&mut client, version);
    let connack = Packet::ConnAck(ConnAck {
        session_present: true,
        reason: ReasonCode::SUCCESS,
        properties: Properties::default(),
    });
    client.handle_bytes(&encode(version, &connack), START);
    drain(&mut client, version);
    client.connected_handlers_settled(START);
    drain(&mut client, version);
    snapshot::restore(&client.save(START)).expect("saved");
    client.handle_closed(None, START);
    drain(&mut client, version);
}

fn drain(client: &mut Client, version: Version) {
    while let Some(output) = client.poll_output() {
        if let Output::Transmit(bytes) = output {
            for packet in Pieces::default().split(&bytes) {
                decode(version, &packet, |_| ());
            }
        }
    }
}
