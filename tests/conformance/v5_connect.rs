//! MQTT 5, chapters 3.1 and 3.2: CONNECT and CONNACK.

use mqtt_mooring::codec::{QoS, Version};

use super::bytes::*;
use super::line::Line;

const V: Version = Version::V5;

#[test]
fn v5_3_1_0_1_the_first_packet_on_a_connection_is_connect() {
    let mut line = Line::new(V);
    let first = line.dial();
    assert_eq!(first[0], CONNECT);
    // What was published meanwhile waits for CONNACK.
    line.send("early", QoS::AtLeastOnce);
    line.says_nothing_more();
    line.hears(connack(V, false));
    line.says(publish(V, QOS_1, "meters/7", 1, "early"));
}
