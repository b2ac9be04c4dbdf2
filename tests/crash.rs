//! The crash test: a page dies at every single step of a set of scenarios, a new one restores what storage
//! then held, and every message comes out exact.
//!
//! A step is anything that somebody else could see: an output performed, one change of a batch applied to
//! storage, one packet taken by the server. So a page also dies inside a batch, after each of its changes,
//! and with a batch that is never answered. What is on the wire when it dies is lost in one case, and reaches
//! the server in another. Three stores: one that answers at once (localStorage), and one that answers late,
//! before or after everything else that can move.
//!
//! What must come out: QoS 1 at least once, QoS 2 exactly once, both ways, in order; a repetition only where
//! the page died between handing a message over and noting it, and flagged `duplicate`; one outcome for each
//! message, told by the page that accepted it or its successor; nothing left in storage. What left is held
//! against storage at the moment it leaves, and against what left before (`durable_support::rules`).
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use durable_support::*;
use mqtt_mooring::client::config::WhenSessionLost;
use mqtt_mooring::codec::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
use mqtt_mooring::codec::Version;
use support::VERSIONS;

use Act::*;

const STORES: [Store; 3] = [Store::AtOnce, Store::Eager, Store::Late];
const WIRES: [Wire; 2] = [Wire::Lost, Wire::Arrives];

const OUT_1: Act = Publish(AtLeastOnce);
const OUT_2: Act = Publish(ExactlyOnce);
const IN_1: Act = FromServer(AtLeastOnce);
const IN_2: Act = FromServer(ExactlyOnce);

/// What happens while nothing that MQTT allows is lost: every outcome is success.
const EXACT: &[Scenario] = &[
    Scenario {
        name: "the first connection, with messages accepted before it",
        acts: &[OUT_1, OUT_2, Connect, Run, OUT_2, OUT_1, Run],
        established: false,
        ..PLAIN
    },
    Scenario {
        name: "QoS 1 to the server, one by one and in one turn",
        acts: &[OUT_1, Run, PublishMany(AtLeastOnce, 3), Run],
        ..PLAIN
    },
    Scenario {
        name: "QoS 2 to the server, one by one and in one turn",
        acts: &[OUT_2, Run, PublishMany(ExactlyOnce, 3), Run],
        ..PLAIN
    },
    Scenario {
        name: "all QoS to the server, mixed",
        acts: &[
            OUT_1,
            OUT_2,
            Publish(AtMostOnce),
            Moves(3),
            OUT_2,
            OUT_1,
            Publish(AtMostOnce),
            Moves(3),
            OUT_1,
            OUT_2,
            Run,
        ],
        ..PLAIN
    },
    Scenario {
        name: "all QoS from the server",
        acts: &[
            IN_2,
            IN_1,
            FromServer(AtMostOnce),
            IN_2,
            Run,
            IN_1,
            IN_2,
            Moves(2),
            IN_2,
            Run,
        ],
        ..PLAIN
    },
    Scenario {
        name: "both ways at once",
        acts: &[
            IN_2,
            OUT_2,
            IN_1,
            OUT_1,
            Moves(4),
            OUT_2,
            IN_2,
            Moves(4),
            OUT_1,
            IN_1,
            Run,
        ],
        ..PLAIN
    },
    Scenario {
        name: "an outbox filled without a connection",
        acts: &[Disconnect, Run, OUT_2, OUT_1, OUT_2, OUT_1, Connect, Run],
        ..PLAIN
    },
    Scenario {
        name: "a window of one",
        acts: &[
            PublishMany(ExactlyOnce, 2),
            PublishMany(AtLeastOnce, 2),
            Moves(5),
            OUT_2,
            Run,
        ],
        window: Some(1),
        ..PLAIN
    },
    Scenario {
        name: "a window of three that fills up",
        acts: &[
            HoldAcks,
            PublishMany(ExactlyOnce, 3),
            PublishMany(AtLeastOnce, 3),
            Run,
            ReleaseAcks,
            Moves(6),
            OUT_2,
            Run,
        ],
        window: Some(3),
        ..PLAIN
    },
    Scenario {
        name: "reconnections with cuts",
        acts: &[
            OUT_2,
            OUT_1,
            IN_2,
            Moves(3),
            Cut,
            OUT_2,
            Connect,
            Moves(5),
            Cut,
            IN_2,
            OUT_1,
            Connect,
            Moves(9),
            Cut,
            Connect,
            Run,
        ],
        ..PLAIN
    },
    Scenario {
        name: "cuts that come early in a connection",
        acts: &[
            OUT_2,
            IN_2,
            Moves(2),
            Cut,
            Connect,
            Moves(1),
            Cut,
            Connect,
            Moves(2),
            Cut,
            Connect,
            Moves(3),
            Cut,
            Connect,
            Run,
        ],
        ..PLAIN
    },
    Scenario {
        name: "subscribing between messages",
        acts: &[OUT_1, Subscribe, OUT_2, Moves(3), Subscribe, IN_2, Run],
        ..PLAIN
    },
    Scenario {
        name: "messages acknowledged by hand",
        acts: &[
            IN_2,
            IN_1,
            IN_2,
            IN_1,
            Run,
            Acknowledge,
            Acknowledge,
            Run,
            Acknowledge,
            OUT_2,
            IN_2,
            Run,
            Acknowledge,
            Run,
        ],
        manual_ack: true,
        ..PLAIN
    },
    Scenario {
        name: "messages acknowledged by hand, over a cut",
        acts: &[
            IN_2,
            IN_2,
            IN_1,
            Run,
            Acknowledge,
            Cut,
            Connect,
            Run,
            Acknowledge,
            Run,
            Acknowledge,
            Cut,
            Acknowledge,
            Connect,
            Run,
        ],
        manual_ack: true,
        ..PLAIN
    },
    Scenario {
        name: "an orderly end with messages under way",
        acts: &[
            HoldAcks,
            OUT_2,
            OUT_1,
            IN_2,
            Run,
            Disconnect,
            Run,
            Connect,
            ReleaseAcks,
            Run,
        ],
        ..PLAIN
    },
];

/// The server loses its sessions, once with each policy.
const LOST_ACTS: &[Act] = &[
    OUT_1,
    OUT_2,
    HoldAcks,
    OUT_2,
    OUT_1,
    Run,
    OUT_2,
    ReleaseAcks,
    Moves(3),
    Lose,
    OUT_2,
    OUT_1,
    Connect,
    Moves(3),
    IN_2,
    IN_1,
    OUT_2,
    Moves(2),
    IN_2,
    Run,
    OUT_2,
    OUT_1,
    IN_2,
    Run,
];

const LOST: &[Scenario] = &[
    Scenario {
        name: "session lost, and the link as soon as that was heard",
        acts: &[
            HoldAcks,
            OUT_2,
            OUT_1,
            Run,
            Lose,
            OUT_2,
            Connect,
            Moves(2),
            Cut,
            Connect,
            Moves(3),
            Cut,
            Connect,
            Moves(4),
            Cut,
            Connect,
            Moves(5),
            Cut,
            Connect,
            Run,
        ],
        exact: false,
        ..PLAIN
    },
    Scenario {
        name: "session lost, the default",
        acts: LOST_ACTS,
        exact: false,
        ..PLAIN
    },
    Scenario {
        name: "session lost, republish",
        acts: LOST_ACTS,
        lost: WhenSessionLost::Republish,
        exact: false,
        ..PLAIN
    },
    Scenario {
        name: "session lost, discard",
        acts: LOST_ACTS,
        lost: WhenSessionLost::Discard,
        exact: false,
        ..PLAIN
    },
    Scenario {
        name: "session lost, the application is asked",
        acts: LOST_ACTS,
        lost: WhenSessionLost::Ask,
        exact: false,
        ..PLAIN
    },
];

fn named<T>(
    scenario: &Scenario,
    version: Version,
    store: Store,
    wire: Wire,
    stops: (usize, Option<usize>),
    run: impl FnOnce() -> T + std::panic::UnwindSafe,
) -> T {
    std::panic::catch_unwind(run).unwrap_or_else(|_| {
        panic!(
            "{}, {version:?}, {store:?}, bytes on the wire {wire:?}, dies at {stops:?}",
            scenario.name
        )
    })
}

/// Dies once, at every step.
fn once(scenarios: &[Scenario]) -> usize {
    let mut cases = 0;
    for scenario in scenarios {
        for version in VERSIONS {
            for store in STORES {
                for wire in WIRES {
                    for stop in 1.. {
                        let run = || case(scenario, version, store, stop, None, wire);
                        if named(scenario, version, store, wire, (stop, None), run).is_none() {
                            break;
                        }
                        cases += 1;
                    }
                }
            }
        }
    }
    cases
}

/// Dies, and dies again while it takes the session up: on a thinner grid.
fn twice(scenarios: &[Scenario], grid: usize) -> usize {
    let mut cases = 0;
    for (number, scenario) in scenarios.iter().enumerate() {
        for version in VERSIONS {
            for store in STORES {
                for wire in WIRES {
                    let run = |stop, again| {
                        let run = || case(scenario, version, store, stop, again, wire);
                        named(scenario, version, store, wire, (stop, again), run).is_some()
                    };
                    for stop in (1 + number % grid..).step_by(grid) {
                        let mut reached = false;
                        for again in (1 + stop % grid..).step_by(grid) {
                            if !run(stop, Some(again)) {
                                break;
                            }
                            reached = true;
                            cases += 1;
                        }
                        if !reached && !run(stop, None) {
                            break;
                        }
                    }
                }
            }
        }
    }
    cases
}

#[test]
fn no_scenario_needs_a_crash_to_come_out_exact() {
    for scenario in EXACT.iter().chain(LOST) {
        for version in VERSIONS {
            for store in STORES {
                let run = || {
                    let mut world = scenario.begin(version, store);
                    scenario.play(&mut world, 0).expect("nobody dies");
                    scenario.finish(&mut world);
                };
                named(scenario, version, store, Wire::Lost, (0, None), run);
            }
        }
    }
}

#[test]
fn whatever_step_a_page_dies_at_its_successor_brings_all_out_exact() {
    let cases = once(EXACT);
    println!("{cases} cases");
    assert!(cases > 5_000, "only {cases} cases");
}

#[test]
fn whatever_step_a_page_dies_at_while_the_server_has_lost_the_session_each_message_has_its_outcome()
{
    let cases = once(LOST);
    println!("{cases} cases");
    assert!(cases > 1_500, "only {cases} cases");
}

#[test]
fn a_page_that_dies_again_while_it_takes_the_session_up_loses_nothing_either() {
    let cases = twice(EXACT, 11) + twice(LOST, 11);
    println!("{cases} cases");
    assert!(cases > 5_000, "only {cases} cases");
}
