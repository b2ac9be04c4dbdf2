//! The command line: what to connect to, and with what.

use std::fs;
use std::process::ExitCode;

use crate::driver::Driver;
use crate::link::Address;
use crate::options::{OPTIONS, Options};

/// What the arguments say.
struct Arguments {
    address: Address,
    options: Options,
    session: Option<String>,
}

pub(crate) fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    match read(given).and_then(drive) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}\n`cargo run --example peer -- --help` lists what there is.");
            ExitCode::from(2)
        }
    }
}

fn help() -> String {
    let mut text = String::from(
        "peer ADDRESS [--ws [--path PATH]] [--session FILE] [--OPTION VALUE …]\n\n\
         Connects, obeys commands that come line by line on standard input, and prints what happens\n\
         (docs/peer.md). ADDRESS is HOST:PORT, or ws://HOST:PORT/PATH.\n\n\
         --ws                    WebSocket in place of plain TCP\n\
         --path PATH             of the WebSocket; default /mqtt\n\
         --session FILE          where the session is read from at the start, if it is there, and written to at the end\n",
    );
    for (name, takes, means) in OPTIONS {
        let option = format!("--{name} {takes}");
        text += &format!("{option:<23} {means}\n");
    }
    text
}

fn read(given: Vec<String>) -> Result<Arguments, String> {
    let mut place = None;
    let mut options = Options::default();
    let mut session = None;
    let mut websocket = false;
    let mut path = None;
    let mut given = given.into_iter();
    while let Some(argument) = given.next() {
        let Some(option) = argument.strip_prefix("--") else {
            if place.replace(argument).is_some() {
                return Err("There is one address to connect to.".into());
            }
            continue;
        };
        if option == "ws" {
            websocket = true;
            continue;
        }
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => {
                let value = given.next();
                (
                    option,
                    value.ok_or_else(|| format!("--{option} takes a value."))?,
                )
            }
        };
        match name {
            "path" => path = Some(value),
            "session" => session = Some(value),
            _ => options.set(name, &value)?,
        }
    }
    let place = place.ok_or("Where to? An address is missing.")?;
    let place = match (websocket && !place.contains("://"), path) {
        (false, None) => place,
        (true, path) => format!("ws://{place}{}", path.as_deref().unwrap_or("/mqtt")),
        (false, Some(_)) => return Err("--path goes with --ws HOST:PORT.".into()),
    };
    let address = Address::parse(&place)?;
    Ok(Arguments {
        address,
        options,
        session,
    })
}

fn drive(arguments: Arguments) -> Result<bool, String> {
    let mut driver = Driver::new(arguments.address, arguments.options);
    if let Some(file) = &arguments.session
        && fs::exists(file).unwrap_or(true)
    {
        // What cannot be gone on with stays as it is: it may be another's, and hold messages.
        let state = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        let resumed = driver.resume(state);
        resumed.map_err(|error| format!("{file} stays as it is: {error}"))?;
    }
    let ended_well = driver.run();
    if let Some(file) = arguments.session {
        let written = fs::write(&file, driver.session());
        written.map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(ended_well)
}
