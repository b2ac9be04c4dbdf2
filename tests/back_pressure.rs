//! Whoever takes the messages cannot keep up: QoS 2 is finished when it was read, and stays in the session until then.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::{Bench, Store, Wire, World, arrives, released, repeated};
use mqtt_mooring::client::output::{Direction, Event, Ticket};
use mqtt_mooring::codec::{Ack, Packet, PacketType, QoS, ReasonCode, Version};
use support::*;

fn pressed(version: Version) -> Pair {
    let mut pair = Pair::persistent(version);
    pair.auto_ack = false;
    pair.client.set_back_pressure(true);
    pair
}

fn tickets(pair: &Pair) -> Vec<Option<Ticket>> {
    pair.ledger.deliveries.iter().map(|d| d.ticket).collect()
}

fn last_ticket(pair: &Pair) -> Ticket {
    let last = pair.ledger.deliveries.last().expect("a delivery");
    last.ticket.expect("a ticket")
}

fn count(pair: &Pair, kind: PacketType) -> usize {
    pair.server.seen.iter().filter(|(k, ..)| *k == kind).count()
}

fn receive(pair: &mut Pair, text: &str, qos: QoS) {
    pair.server.send(to_client(text, qos));
    pair.run();
}

fn release(version: Version, number: u16) -> Vec<u8> {
    let packet = Packet::PubRel(Ack::new(id(number), ReasonCode::SUCCESS));
    encode(version, &packet)
}

#[test]
fn qos_2_is_finished_when_it_was_read() {
    for version in VERSIONS {
        let mut pair = pressed(version);
        receive(&mut pair, "x", QoS::ExactlyOnce);
        assert_eq!(pair.ledger.payloads(), ["x"]);
        assert_eq!(count(&pair, PacketType::PubRec), 1);
        assert_eq!(count(&pair, PacketType::PubComp), 0);
        assert_eq!(pair.client.incoming().len(), 1);
        let acked = |pair: &Pair| {
            let is_ack = |event: &&Event| {
                matches!(
                    event,
                    Event::MessageAck {
                        direction: Direction::In,
                        ..
                    }
                )
            };
            pair.ledger.events.iter().filter(is_ack).count()
        };
        assert_eq!(acked(&pair), 0);
        pair.handled(last_ticket(&pair));
        pair.run();
        assert_eq!(count(&pair, PacketType::PubComp), 1);
        assert_eq!(acked(&pair), 1);
        // A ticket is worth something once.
        pair.handled(last_ticket(&pair));
        pair.run();
        assert_eq!(count(&pair, PacketType::PubComp), 1);
        pair.assert_idle("read");
    }
}

#[test]
fn what_is_not_read_takes_the_servers_window_and_no_more() {
    let mut pair = Pair::new(Version::V5);
    pair.config.receive_maximum = Some(5);
    pair.establish();
    pair.auto_ack = false;
    pair.client.set_back_pressure(true);
    for n in 0..20 {
        receive(&mut pair, &n.to_string(), QoS::ExactlyOnce);
    }
    assert_eq!(pair.ledger.deliveries.len(), 5);
    assert_eq!(pair.client.incoming().len(), 5);
    for n in 0..20 {
        let ticket = tickets(&pair)[n].expect("a ticket");
        pair.handled(ticket);
        pair.run();
        assert!(pair.client.incoming().len() <= 5);
    }
    let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(pair.ledger.payloads(), expected);
    pair.assert_idle("all read");
}

#[test]
fn messages_may_be_read_in_any_order() {
    for version in VERSIONS {
        let mut pair = pressed(version);
        for n in 0..4 {
            receive(&mut pair, &n.to_string(), QoS::ExactlyOnce);
        }
        for n in [2, 0, 3, 1] {
            pair.handled(tickets(&pair)[n].expect("a ticket"));
            pair.run();
        }
        assert_eq!(count(&pair, PacketType::PubComp), 4);
        pair.assert_idle("any order");
    }
}

#[test]
fn a_second_pubrel_is_not_answered_before_the_message_was_read() {
    for version in VERSIONS {
        for off in [false, true] {
            let mut pair = pressed(version);
            receive(&mut pair, "x", QoS::ExactlyOnce);
            // Whoever takes the messages may have caught up meanwhile, but this one was not read.
            pair.client.set_back_pressure(!off);
            pair.inject(&release(version, 1));
            pair.run();
            assert_eq!(count(&pair, PacketType::PubComp), 0);
            assert_eq!(pair.ledger.deliveries.len(), 1);
            pair.handled(last_ticket(&pair));
            pair.run();
            assert_eq!(count(&pair, PacketType::PubComp), 1);
            // Now it is, whoever asks.
            pair.inject(&release(version, 1));
            pair.run();
            assert_eq!(count(&pair, PacketType::PubComp), 2);
            assert_eq!(pair.ledger.deliveries.len(), 1);
        }
    }
}

#[test]
fn what_was_not_read_when_the_link_broke_is_not_handed_over_again() {
    for version in VERSIONS {
        for off in [false, true] {
            let mut pair = pressed(version);
            receive(&mut pair, "x", QoS::ExactlyOnce);
            let ticket = last_ticket(&pair);
            pair.client.set_back_pressure(!off);
            pair.reconnect();
            // The server asks again, and has to wait.
            assert_eq!(count(&pair, PacketType::PubComp), 0);
            assert_eq!(pair.ledger.deliveries.len(), 1);
            pair.handled(ticket);
            pair.run();
            assert_eq!(count(&pair, PacketType::PubComp), 1);
            pair.assert_idle("read on the next connection");
        }
    }
}

#[test]
fn what_is_read_between_connections_is_done_and_the_server_is_told_so() {
    for version in VERSIONS {
        let mut pair = pressed(version);
        receive(&mut pair, "x", QoS::ExactlyOnce);
        pair.break_link();
        pair.handled(last_ticket(&pair));
        assert_eq!(pair.client.incoming().len(), 0);
        pair.pass(1_000);
        assert_eq!(count(&pair, PacketType::PubComp), 1);
        assert_eq!(pair.ledger.deliveries.len(), 1);
        pair.assert_idle("read between");
    }
}

#[test]
fn it_is_switched_on_and_off_in_between() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.auto_ack = false;
        for n in 0..6 {
            pair.client.set_back_pressure(n % 2 == 1);
            receive(&mut pair, &n.to_string(), QoS::ExactlyOnce);
        }
        let with: Vec<bool> = tickets(&pair).iter().map(Option::is_some).collect();
        assert_eq!(with, [false, true, false, true, false, true]);
        assert_eq!(count(&pair, PacketType::PubComp), 3);
        for ticket in tickets(&pair).into_iter().flatten() {
            pair.handled(ticket);
        }
        pair.run();
        assert_eq!(count(&pair, PacketType::PubComp), 6);
        pair.assert_idle("on and off");
    }
}

#[test]
fn one_that_came_before_it_was_switched_on_and_is_released_after_it_has_a_ticket() {
    for version in VERSIONS {
        let mut pair = Pair::persistent(version);
        pair.auto_ack = false;
        let publish = support_publish(version);
        pair.inject(&publish);
        pair.client.set_back_pressure(true);
        pair.inject(&release(version, 9));
        pair.run();
        assert_eq!(count(&pair, PacketType::PubComp), 0);
        pair.handled(last_ticket(&pair));
        pair.run();
        assert_eq!(count(&pair, PacketType::PubComp), 1);
    }
}

fn support_publish(version: Version) -> Vec<u8> {
    encode(
        version,
        &Packet::Publish(mqtt_mooring::codec::Publish {
            dup: false,
            qos: QoS::ExactlyOnce,
            retain: false,
            topic: "t",
            packet_id: Some(id(9)),
            properties: Default::default(),
            payload: b"x",
        }),
    )
}

#[test]
fn qos_0_and_qos_1_are_as_ever() {
    for version in VERSIONS {
        let mut pair = pressed(version);
        receive(&mut pair, "0", QoS::AtMostOnce);
        receive(&mut pair, "1", QoS::AtLeastOnce);
        let with: Vec<bool> = tickets(&pair).iter().map(Option::is_some).collect();
        assert_eq!(with, [false, true]);
        assert_eq!(count(&pair, PacketType::PubAck), 0);
        pair.handled(last_ticket(&pair));
        pair.run();
        assert_eq!(count(&pair, PacketType::PubAck), 1);
    }
}

#[test]
fn one_that_nobody_took_is_handed_over_again() {
    for version in VERSIONS {
        for off in [false, true] {
            let mut pair = pressed(version);
            receive(&mut pair, "x", QoS::ExactlyOnce);
            pair.client.not_taken(last_ticket(&pair));
            pair.client.set_back_pressure(!off);
            pair.client.hand_over_again(pair.now);
            pair.drain(&[]);
            assert_eq!(pair.ledger.payloads(), ["x", "x"]);
            if let Some(ticket) = tickets(&pair)[1] {
                pair.handled(ticket);
            }
            pair.reconnect();
            assert_eq!(pair.ledger.payloads(), ["x", "x"]);
            pair.assert_idle("taken at last");
        }
    }
}

#[test]
fn a_page_that_dies_before_it_was_read_leaves_it_to_the_next_one() {
    for version in VERSIONS {
        for pressed_later in [false, true] {
            let mut bench = Bench::connected(version);
            bench.client.set_back_pressure(true);
            bench.feed(&[arrives(7, b"x")]);
            bench.feed(&[released(7)]);
            assert_eq!(bench.deliveries.len(), 1);
            assert_eq!(bench.count("PUBCOMP"), 0);
            let mut next = Bench::on(version, bench.disk, ID);
            next.client.set_back_pressure(pressed_later);
            next.connect(true);
            // The server sends what it has not been told the end of.
            next.feed(&[released(7)]);
            assert_eq!(next.deliveries.len(), 1);
            assert!(
                next.deliveries[0].duplicate,
                "an earlier page may have read it"
            );
            if let Some(ticket) = next.deliveries[0].ticket {
                assert!(pressed_later);
                assert_eq!(next.count("PUBCOMP"), 0);
                next.client.handled(ticket, next.now);
                next.run();
            }
            assert_eq!(next.count("PUBCOMP"), 1);
            assert!(next.disk.messages().is_empty());
        }
    }
}

#[test]
fn one_that_was_read_is_removed_before_the_server_hears_of_it() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.client.set_back_pressure(true);
        bench.feed(&[arrives(7, b"x")]);
        bench.feed(&[released(7)]);
        let ticket = bench.deliveries[0].ticket.expect("a ticket");
        bench.stores_at_once = false;
        bench.client.handled(ticket, bench.now);
        bench.run();
        assert_eq!(bench.count("PUBCOMP"), 0);
        bench.store();
        assert_eq!(bench.count("PUBCOMP"), 1);
        assert!(bench.disk.messages().is_empty());
    }
}

#[test]
fn one_that_comes_again_while_it_is_read_is_the_same() {
    for version in VERSIONS {
        let mut bench = Bench::connected(version);
        bench.client.set_back_pressure(true);
        bench.feed(&[arrives(7, b"x")]);
        bench.feed(&[repeated(7, b"x")]);
        bench.feed(&[released(7)]);
        bench.feed(&[released(7)]);
        assert_eq!(bench.deliveries.len(), 1);
        assert_eq!(bench.count("PUBREC"), 2);
        assert_eq!(bench.count("PUBCOMP"), 0);
    }
}

#[test]
fn wherever_a_pressed_page_dies_nothing_is_lost_nor_read_twice_without_a_word() {
    for version in VERSIONS {
        for wire in [Wire::Lost, Wire::Arrives] {
            for stop in 1..60 {
                let mut world = World::established(version, Store::Eager);
                world.auto_ack = false;
                world.client.set_back_pressure(true);
                for _ in 0..3 {
                    world.server_has(QoS::ExactlyOnce, 10);
                }
                world.stop = Some(world.ticks + stop);
                let mut alive = world.run().is_ok();
                while alive && !world.tickets.is_empty() {
                    alive = world.acknowledge().is_ok() && world.run().is_ok();
                }
                if !alive {
                    world.crash(wire);
                    world.recover().expect("nobody dies");
                    world.client.set_back_pressure(stop % 2 == 0);
                    world.auto_ack = true;
                    world.establish();
                }
                world.stop = None;
                world.run().expect("nobody dies");
                assert_eq!(world.client.incoming().len(), 0, "{stop} {}", world.story());
                world.book.close(&world.server.payloads(), true);
            }
        }
    }
}

#[test]
fn a_ticket_shown_twice_acknowledges_no_later_message_under_the_same_identifier() {
    let mut pair = Pair::new(Version::V5);
    pair.config.manual_ack = true;
    pair.auto_ack = false;
    pair.establish();
    // PUBLISH at QoS 1, identifier 1; the server may use that again as soon as it is acknowledged.
    let publish = |pair: &mut Pair| pair.inject(&[0x32, 7, 0, 1, b'a', 0, 1, 0, b'x']);
    publish(&mut pair);
    let first = last_ticket(&pair);
    pair.client.handled(first, pair.now);
    pair.drain(&[]);
    publish(&mut pair);
    pair.client.handled(first, pair.now);
    pair.drain(&[]);
    assert_eq!(pair.client.unacknowledged().count(), 1);
    let second = last_ticket(&pair);
    pair.client.handled(second, pair.now);
    assert_eq!(pair.client.unacknowledged().count(), 0);
}
