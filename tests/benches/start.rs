//! From the start of the process to the first complaint.

use std::time::{Duration, Instant};

use otklik::domain::At;

use super::client::{self, Client};
use super::ground::{self, Ground, On};
use super::table;
use super::talk::Talk;

const TIMES: usize = 5;

pub fn run(engines: &[On]) {
    table::head("Start", &["what", "seconds to the first complaint", "resident MB then"]);
    let (mut seconds, mut resident) = (Vec::new(), 0);
    for _ in 0..TIMES {
        let address = ground::free();
        // It is killed, so it cannot take its own folder away.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let begun = Instant::now();
        let mut program = ground::program();
        program.args(["demo", "--listen", &address.to_string(), "--data"]).arg(folder.path());
        let mut demo = program.spawn().expect("the demo starts");
        super::until("the demo's first complaint", || {
            std::thread::sleep(Duration::from_millis(5));
            std::net::TcpStream::connect(address).is_ok() && taken_in(&mut Client::connect(address))
        });
        seconds.push(begun.elapsed().as_secs_f64());
        resident = ground::resident(&demo);
        let _ = demo.kill();
        let _ = demo.wait();
    }
    table::row(&["`otklik demo`, SQLite".to_owned(), format!("{:.2}", table::median(seconds)), resident.to_string()]);
    for on in engines {
        let ground = Ground::new(*on);
        let talk = Talk::new(&ground.policy);
        let mut seconds = Vec::new();
        for n in 0..TIMES {
            let request = talk.request(&ground.secret, &[n as u64], At::now());
            let begun = Instant::now();
            let serving = ground.serve();
            assert_eq!(serving.client().ask(&request).status, 200);
            seconds.push(begun.elapsed().as_secs_f64());
            resident = serving.resident();
        }
        table::row(&[
            format!("`otklik serve`, {}, policy loaded before", on.name()),
            format!("{:.2}", table::median(seconds)),
            resident.to_string(),
        ]);
    }
}

/// Whether a message was taken in, as the service's own figures say.
fn taken_in(client: &mut Client) -> bool {
    let answer = client.ask(&client::request("GET", "/metrics", &[], b""));
    let text = String::from_utf8_lossy(answer.body);
    text.lines()
        .any(|line| line.starts_with("otklik_intake_messages_total{outcome=\"opened\"}") && !line.ends_with(" 0"))
}
