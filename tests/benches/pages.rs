//! One incident, a queue's first page, a search, a month's statistics: how their times grow with the database. Each is asked of all
//! sizes in turn.

use std::time::Instant;

use otklik::domain::{At, Role};

use super::client::{self, Client};
use super::fill::{self, Site};
use super::table::{self, quantile};
use super::talk::Dice;

/// What is asked, and how often.
struct Question {
    name: &'static str,
    rounds: u64,
    path: fn(&Asked, &mut Dice) -> String,
}

/// One of the sizes.
struct Asked {
    size: u64,
    client: Client,
    token: String,
    ids: Vec<uuid::Uuid>,
}

const QUESTIONS: [Question; 6] = [
    Question {
        name: "one incident",
        rounds: 1000,
        path: |asked, dice| format!("/api/v1/incidents/{}", asked.ids[dice.below(asked.ids.len() as u64) as usize]),
    },
    Question {
        name: "moderator's queue, first page",
        rounds: 300,
        path: |_, _| "/api/v1/incidents?step=distribution&sort=due".to_owned(),
    },
    Question { name: "newest, first page", rounds: 300, path: |_, _| "/api/v1/incidents".to_owned() },
    Question {
        name: "search «снег», first page",
        rounds: 300,
        path: |_, _| "/api/v1/incidents?q=%D1%81%D0%BD%D0%B5%D0%B3".to_owned(),
    },
    Question {
        name: "search «снег сугробы школа», first page",
        rounds: 100,
        path: |_, _| {
            "/api/v1/incidents?q=%D1%81%D0%BD%D0%B5%D0%B3%20%D1%81%D1%83%D0%B3%D1%80%D0%BE%D0%B1%D1%8B%20%D1%88%D0%BA%D0%BE%D0%BB%D0%B0".to_owned()
        },
    },
    Question {
        name: "statistics of a month",
        rounds: 15,
        path: |_, _| {
            let day = |at: At| at.to_string()[..10].to_owned();
            let now = At::now();
            format!(
                "/api/v1/statistics/summary?from={}&to={}",
                day(now.plus_seconds(-31 * 86_400)),
                day(now.plus_seconds(-86_400))
            )
        },
    },
];

pub fn run(sites: &[Site]) {
    let Some(first) = sites.first() else { return };
    let mut asked: Vec<Asked> = sites
        .iter()
        .map(|site| Asked {
            size: site.size,
            client: site.serving.client(),
            token: site.serving.sign_in(Role::Moderator),
            ids: fill::ids(site, 2000),
        })
        .collect();
    table::head(
        &format!("Reading, {}", first.ground.on.name()),
        &["what", "incidents", "p50 ms", "p99 ms", "p50, times the smallest"],
    );
    for question in &QUESTIONS {
        let mut times = vec![Vec::new(); asked.len()];
        let mut dice = Dice::new(7);
        for round in 0..question.rounds + 5 {
            for (asked, times) in asked.iter_mut().zip(&mut times) {
                let path = (question.path)(asked, &mut dice);
                let request = client::request("GET", &path, &[("authorization", &asked.token)], b"");
                let sent = Instant::now();
                let answer = asked.client.ask(&request);
                let took = sent.elapsed().as_secs_f64() * 1000.0;
                assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(answer.body));
                if round >= 5 {
                    times.push(took);
                }
            }
        }
        times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
        let smallest = quantile(&times[0], 0.5);
        for (asked, times) in asked.iter().zip(&times) {
            let (half, most) = (quantile(times, 0.5), quantile(times, 0.99));
            table::row(&[
                question.name.to_owned(),
                asked.size.to_string(),
                format!("{half:.2}"),
                format!("{most:.2}"),
                format!("{:.2}", half / smallest),
            ]);
        }
    }
}
