//! Letters about deadlines, through a real SMTP server that also refuses, is silent and hangs up.
//!
//! The people here are programs by role: no sweep warns those, so each test sees the alarms alone that it gave itself.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use otklik::desk;
use otklik::desk::notices::{self, Alarm};
use otklik::domain::notice::{NoticeKind, NoticeState};
use otklik::domain::sla::ClockKind;
use otklik::domain::{Actor, At, Id, Role};
use otklik::jobs::Worker;
use otklik::store::records::Notice;
use otklik::store::{Conn, incidents, spine};
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::mail::{PUBLIC_URL, Patient, Strict, Town};
use crate::harness::server::{City, Source, message, organisation};
use crate::harness::until;

both_engines! {
    an_alarm_becomes_one_letter,
    steps_and_incidents_are_gathered_into_one_letter,
    the_same_alarm_is_told_once,
    nobody_is_written_to_on_a_sunday,
    one_click_turns_a_kind_off,
    what_is_over_is_not_sent,
    a_refused_address_is_given_up_and_others_get_theirs,
    a_letter_is_tried_again_until_the_server_is_well,
    a_mail_server_that_was_away_brings_no_heap,
    without_tls_nothing_is_told_where_tls_is_required,
    whose_work_it_is_hears_of_it,
    every_notice_is_in_exactly_one_letter,
    a_silent_mail_server_holds_up_letters_only,
    ones_own_notices_and_settings,
}

const DIGEST: Duration = Duration::from_secs(15 * 60);
const ROLES: &[Role] = &[Role::Integration];

impl Town {
    /// Somebody who is written to; a client signed in as them.
    fn somebody(&self, organisation: &str, email: &str) -> Client<'_> {
        self.somebody_in("ru", organisation, email)
    }

    fn somebody_in(&self, language: &str, organisation: &str, email: &str) -> Client<'_> {
        let login = self.city.hire_with(Role::Integration, organisation, language, Some(email));
        let token = self.city.session(&login)["access_token"].as_str().expect("a token").to_owned();
        self.city.client(Some(token))
    }

    /// A warning about a complaint's final answer, for those at the city's administration.
    fn alarm(&self, incident: Id, kind: NoticeKind, step: i32) -> Alarm {
        let (number, due_at, calendar) = of_incident(&self.city, incident);
        Alarm {
            incident,
            number,
            clock: ClockKind::Resolution,
            cycle: 1,
            step,
            kind,
            due_at,
            roles: ROLES,
            organisation: Some(organisation::CITY.to_owned()),
            calendar,
        }
    }

    fn near(&self, incident: Id) -> Alarm {
        self.alarm(incident, NoticeKind::DeadlineNear, 1)
    }

    fn give(&self, alarms: &[Alarm]) {
        let (desk, alarms) = (self.city.app().desk(Actor::System), alarms.to_vec());
        let given = self.city.app().store().write_now(move |conn| notices::give(conn, &desk, &alarms));
        given.expect("the alarms are given");
    }

    /// Gives alarms, and lets the time pass in which they are gathered.
    fn send(&self, alarms: &[Alarm]) {
        self.give(alarms);
        self.city.advance(DIGEST);
        self.city.run_jobs();
    }

    /// Everybody's notices, by incident and step.
    fn notices(&self) -> Vec<Notice> {
        use diesel::prelude::*;
        use otklik::store::schema::notices::dsl;
        let read = |conn: &mut Conn| -> Result<_, desk::Error> {
            Ok(dsl::notices.order((dsl::number, dsl::step)).select(Notice::as_select()).load(conn)?)
        };
        self.city.app().store().read_now(read).expect("the notices are read")
    }

    /// Why the only letter was not sent.
    fn last_error(&self) -> String {
        use diesel::prelude::*;
        use otklik::store::schema::jobs::dsl;
        let read = |conn: &mut Conn| -> Result<_, desk::Error> {
            Ok(dsl::jobs.select(dsl::last_error).get_result::<Option<String>>(conn)?)
        };
        self.city.app().store().read_now(read).expect("the job is read").unwrap_or_default()
    }

    fn states(&self) -> Vec<NoticeState> {
        self.notices().iter().map(|notice| notice.state).collect()
    }
}

/// The incident's number, and the due time and calendar of its final answer.
fn of_incident(city: &City, incident: Id) -> (i64, At, String) {
    let read = move |conn: &mut Conn| -> Result<_, desk::Error> {
        let number = incidents::get(conn, incident)?.expect("the incident").number;
        let clocks = spine::clocks_of(conn, incident)?;
        let clock = clocks.into_iter().find(|clock| clock.kind == ClockKind::Resolution).expect("its clock");
        Ok((number, clock.due_at, clock.calendar))
    };
    city.app().store().read_now(read).expect("the incident is read")
}

fn complaint(city: &City, source: &Source, external: &str) -> Id {
    let mut told = message(external, "На Портовой яма, приметное место");
    told["topic"] = json!("hole-in-road");
    city.complaint(source, told)
}

fn part<'a>(letter: &'a Value, of: &str) -> &'a str {
    let part = letter["parts"].as_array().expect("parts").iter().find(|part| part["type"] == of);
    part.and_then(|part| part["text"].as_str()).unwrap_or_else(|| panic!("no {of}: {letter:#}"))
}

fn recipients(letters: &[Value]) -> Vec<String> {
    let mut all: Vec<String> =
        letters.iter().map(|letter| letter["rcpt_tos"][0].as_str().expect("one").into()).collect();
    all.sort();
    all
}

fn an_alarm_becomes_one_letter(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    let incident = complaint(&town.city, &source, "1");
    let (number, due_at, _) = of_incident(&town.city, incident);
    town.give(&[town.near(incident)]);
    town.city.run_jobs();
    assert_eq!(town.post.letters().len(), 0, "it is gathered first");
    town.city.advance(DIGEST);
    town.city.run_jobs();
    town.city.run_jobs();

    let letter = town.post.only_letter();
    assert_eq!(letter["mail_from"], "otklik@lukomorsk.example");
    assert_eq!(letter["rcpt_tos"], json!(["anna@lukomorsk.example"]));
    assert_eq!(letter["from"], json!(["Отклик Лукоморска", "otklik@lukomorsk.example"]));
    assert_eq!(letter["to"][1], "anna@lukomorsk.example");
    assert!(letter["to"][0].as_str().expect("a name").starts_with("Сотрудник "));
    assert_eq!((&letter["defects"], &letter["type"]), (&json!([]), &json!("multipart/alternative")));
    let header = |name: &str| letter["headers"][name].as_str().unwrap_or_else(|| panic!("no {name}: {letter:#}"));
    assert_eq!(header("subject"), "Подходит срок: 1 обращение");
    assert_eq!(header("auto-submitted"), "auto-generated");
    assert_eq!(header("mime-version"), "1.0");
    assert_eq!(header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
    let off = header("list-unsubscribe");
    assert!(off.starts_with(&format!("<{PUBLIC_URL}/notices/off/")) && off.ends_with('>'), "{off}");
    assert!(header("message-id").ends_with("@lukomorsk.example>"));
    let written: At = letter["date"].as_str().expect("a date").parse().expect("an instant");
    assert!(town.city.app().wall().seconds_since(written).abs() < 60);
    let raw = letter["raw"].as_str().expect("the letter");
    assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998));

    let parts = letter["parts"].as_array().expect("parts");
    assert_eq!(parts.iter().map(|part| &part["type"]).collect::<Vec<_>>(), ["text/plain", "text/html"]);
    assert!(parts.iter().all(|part| part["charset"] == "utf-8" && part["defects"] == json!([])), "{parts:#?}");
    let link = format!("{PUBLIC_URL}/incidents/{incident}");
    let due = town.city.app().policy().zone().to_datetime(due_at.0);
    let (text, html) = (part(&letter, "text/plain"), part(&letter, "text/html"));
    assert!(
        text.contains(&format!(
            "№ {number} — окончательный ответ: {} ноября, до {:02}:{:02}\n{link}\n",
            due.day(),
            due.hour(),
            due.minute()
        )),
        "{text}"
    );
    assert!(text.contains(off.trim_matches(['<', '>'])), "{text}");
    assert!(html.contains(&format!("<a href=\"{link}\">№ {number} — окончательный ответ")), "{html}");
    for said in [text, html, raw] {
        assert!(
            !said.contains("приметное") && !said.contains("Портов"),
            "a letter holds nothing of a resident's: {said}"
        );
    }
    assert_eq!(town.states(), [NoticeState::Sent]);
}

fn steps_and_incidents_are_gathered_into_one_letter(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    let made: Vec<Id> = (0..3).map(|n| complaint(&town.city, &source, &n.to_string())).collect();
    town.give(&[town.near(made[0]), town.near(made[1])]);
    town.city.advance(DIGEST / 2);
    town.give(&[town.alarm(made[0], NoticeKind::DeadlineNear, 2), town.near(made[2])]);
    town.city.advance(DIGEST / 2);
    town.city.run_jobs();
    let letter = town.post.only_letter();
    assert_eq!(letter["headers"]["subject"], "Подходит срок: 3 обращения");
    assert_eq!(part(&letter, "text/html").matches("<li>").count(), 3, "two steps of one clock are one line");
    assert_eq!(town.states(), [NoticeState::Sent; 4]);
    // What passed is another kind, and another letter: each can be turned off by itself.
    town.send(&[town.near(made[0]), town.alarm(made[0], NoticeKind::DeadlineMissed, 3)]);
    assert_eq!(town.post.letters().len(), 2);
    assert_eq!(town.post.letters()[1]["headers"]["subject"], "Срок прошёл: 1 обращение");
}

fn the_same_alarm_is_told_once(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    let made: Vec<Id> = (0..20).map(|n| complaint(&town.city, &source, &n.to_string())).collect();
    let alarms: Vec<Alarm> = made.iter().map(|incident| town.near(*incident)).collect();
    let backwards: Vec<Alarm> = alarms.iter().rev().cloned().collect();
    std::thread::scope(|scope| {
        scope.spawn(|| town.give(&alarms));
        scope.spawn(|| town.give(&backwards));
    });
    assert_eq!(town.notices().len(), 20);
    town.city.advance(DIGEST);
    // Two workers order and send at once.
    std::thread::scope(|scope| {
        scope.spawn(|| town.city.run_jobs());
        scope.spawn(|| town.city.run_jobs());
    });
    town.city.run_jobs();
    town.send(&alarms);
    assert_eq!(town.post.only_letter()["headers"]["subject"], "Подходит срок: 20 обращений");
}

fn nobody_is_written_to_on_a_sunday(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    let (by_day, always) = (complaint(&town.city, &source, "1"), complaint(&town.city, &source, "2"));
    // From Monday, nine in the morning, to Sunday, ten.
    town.city.advance(Duration::from_secs(6 * 86_400 + 3600));
    town.city.run_jobs();
    town.give(&[Alarm { calendar: "tiny".to_owned(), ..town.near(by_day) }]);
    for _ in 0..11 {
        town.city.advance(Duration::from_secs(2 * 3600 - 1));
        town.city.run_jobs();
    }
    assert_eq!(town.post.letters().len(), 0, "it is Monday before eight");
    assert_eq!(town.notices()[0].send_after, "2025-11-17T06:00:00Z".parse().expect("an instant"));
    town.city.advance(Duration::from_secs(12));
    town.city.run_jobs();
    assert_eq!(town.post.letters().len(), 1, "it is eight");
    // A clock that runs on Sundays rings on Sundays.
    town.city.advance(Duration::from_secs(6 * 86_400));
    town.send(&[Alarm { calendar: "always".to_owned(), ..town.near(always) }]);
    assert_eq!(town.post.letters().len(), 2);
}

fn one_click_turns_a_kind_off(town: Town) {
    let anna = town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    let made: Vec<Id> = (0..3).map(|n| complaint(&town.city, &source, &n.to_string())).collect();
    town.send(&[town.near(made[0])]);
    let letter = town.post.only_letter();
    let header = letter["headers"]["list-unsubscribe"].as_str().expect("the header").to_owned();
    let path = header.trim_matches(['<', '>']).strip_prefix(PUBLIC_URL).expect("our address").to_owned();
    // This one waits when the kind is turned off.
    town.give(&[town.near(made[1])]);

    let page = town.city.anybody().get(&path).expect(200);
    assert!(page.header("content-type").expect("a type").starts_with("text/html"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(
        page.text().contains("Не присылать больше писем «Подходит срок»?") && page.text().contains("method=\"post\"")
    );
    assert_eq!(anna.get("/api/v1/me/notices").expect(200).json()["off"], json!([]), "a GET changes nothing");

    for _ in 0..2 {
        let program = town.city.anybody();
        let click = program.ask("POST", &path).body("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click");
        assert!(click.send().expect(200).text().contains("больше не будет"));
    }
    let settings = anna.get("/api/v1/me/notices").expect(200).json();
    assert_eq!(settings, json!({ "email": "anna@lukomorsk.example", "off": ["deadline_near"] }));
    town.send(&[town.near(made[2]), town.alarm(made[2], NoticeKind::DeadlineMissed, 2)]);
    let letters = town.post.letters();
    assert_eq!(letters.len(), 2, "{letters:#?}");
    assert_eq!(letters[1]["headers"]["subject"], "Срок прошёл: 1 обращение");
    assert_eq!(town.states(), [NoticeState::Sent, NoticeState::Dropped, NoticeState::Sent]);

    for bad in ["/notices/off/x".to_owned(), format!("{path}A"), path[..path.len() - 4].to_owned()] {
        for method in ["GET", "POST"] {
            let missing = town.city.anybody().ask(method, &bad).send().expect(404);
            assert!(missing.text().contains("Такой ссылки нет"), "{}", missing.text());
        }
    }
    assert_eq!(town.city.anybody().delete(&path).problem(405, "method_not_allowed")["status"], 405);
}

fn what_is_over_is_not_sent(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    let (closed, moved, open) =
        (complaint(&town.city, &source, "1"), complaint(&town.city, &source, "2"), complaint(&town.city, &source, "3"));
    let dismiss = |incident: Id| {
        let path = format!("/api/v1/incidents/{incident}/dismissals");
        town.city.sign_in(Role::Moderator).post(&path, &json!({ "reason": "unclear" })).expect(200);
    };
    let old = town.near(moved);
    let another = Alarm { due_at: old.due_at.plus_seconds(-60), ..old };
    town.give(&[town.near(closed), another, town.near(open)]);
    dismiss(closed);
    town.city.advance(DIGEST);
    town.city.run_jobs();
    assert_eq!(town.post.only_letter()["headers"]["subject"], "Подходит срок: 1 обращение");
    let mut states = town.states();
    states.sort();
    assert_eq!(states, [NoticeState::Sent, NoticeState::Dropped, NoticeState::Dropped]);
    // With nothing left to say, nothing is sent.
    town.give(&[town.alarm(open, NoticeKind::DeadlineNear, 2)]);
    dismiss(open);
    town.city.advance(DIGEST);
    town.city.run_jobs();
    assert_eq!(town.post.letters().len(), 1);
}

fn a_refused_address_is_given_up_and_others_get_theirs(town: Town) {
    let gone = town.somebody(organisation::CITY, "gone@lukomorsk.example");
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    town.post.mode("refuse gone@lukomorsk.example");
    let source = town.city.source();
    town.send(&[town.near(complaint(&town.city, &source, "1"))]);
    assert_eq!(recipients(&town.post.letters()), ["anna@lukomorsk.example"]);
    town.city.advance(Duration::from_secs(86_400));
    town.city.run_jobs();
    assert_eq!(town.post.events("refused").len(), 1, "it is not tried again");
    let own = gone.get("/api/v1/notices").expect(200).json();
    assert_eq!(own["items"][0]["state"], "failed");
    assert!(own["items"][0]["failure"].as_str().expect("why").contains("no such mailbox"), "{own}");
    let metrics = town.city.anybody().get("/metrics").expect(200).text();
    assert!(metrics.contains("state=\"dead\"} 1"), "{metrics}");
}

fn a_letter_is_tried_again_until_the_server_is_well(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    town.post.mode("later");
    town.send(&[town.near(complaint(&town.city, &source, "1"))]);
    assert!(town.last_error().contains("try again later"));
    for (mode, why) in [("stall", "did not answer in time"), ("drop", "incomplete response")] {
        town.post.mode(mode);
        town.city.advance(Duration::from_secs(3600));
        town.city.run_jobs();
        assert!(town.last_error().contains(why), "{mode}: {}", town.last_error());
    }
    assert_eq!((town.post.letters().len(), town.states()), (0, vec![NoticeState::Waiting]));
    town.post.mode("accept");
    town.city.advance(Duration::from_secs(3600));
    town.city.run_jobs();
    town.city.advance(Duration::from_secs(3600));
    town.city.run_jobs();
    let accepted = town.post.only_letter();
    for mode in ["later", "stall", "drop"] {
        let tries = town.post.events(mode);
        assert_eq!(tries.len(), 1, "{mode}");
        assert_eq!(
            tries[0]["letter"]["headers"]["message-id"], accepted["headers"]["message-id"],
            "a repeat shows as one"
        );
    }
    assert_eq!(town.states(), [NoticeState::Sent]);
    // One that is never taken is given up in the end.
    town.post.mode("later");
    town.send(&[town.near(complaint(&town.city, &source, "2"))]);
    for _ in 0..3 {
        assert_eq!(town.states()[1], NoticeState::Waiting);
        town.city.advance(Duration::from_secs(86_400));
        town.city.run_jobs();
    }
    let notice = town.notices().remove(1);
    assert!(notice.state == NoticeState::Failed && notice.failure.is_some_and(|why| why.contains("451")));
}

fn a_mail_server_that_was_away_brings_no_heap(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    town.somebody(organisation::ROOT, "root@lukomorsk.example");
    let source = town.city.source();
    town.post.mode("later");
    for n in 0..6 {
        town.send(&[town.near(complaint(&town.city, &source, &n.to_string()))]);
    }
    town.post.mode("accept");
    // One that has nothing under way does not wait for those who have.
    town.send(&[Alarm { organisation: None, ..town.near(complaint(&town.city, &source, "7")) }]);
    assert!(recipients(&town.post.letters()).contains(&"root@lukomorsk.example".to_owned()));
    town.city.advance(Duration::from_secs(2 * 3600));
    town.city.run_jobs();
    let subjects: Vec<Value> = town.post.letters().iter().map(|letter| letter["headers"]["subject"].clone()).collect();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    assert!(subjects.contains(&json!("Подходит срок: 5 обращений")), "{subjects:?}");
    assert_eq!(town.states(), vec![NoticeState::Sent; 7]);
}

fn without_tls_nothing_is_told_where_tls_is_required(Strict(town): Strict) {
    town.city.leave_jobs();
    let anna = town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    town.send(&[town.near(complaint(&town.city, &source, "1"))]);
    assert_eq!(town.post.letters().len(), 0);
    let own = anna.get("/api/v1/notices").expect(200).json();
    assert_eq!(own["items"][0]["state"], "waiting", "it is tried again: the settings may be mended");
}

fn whose_work_it_is_hears_of_it(town: Town) {
    town.somebody(organisation::ROOT, "root@lukomorsk.example");
    town.somebody_in("en", organisation::CITY, "city@lukomorsk.example");
    town.somebody(organisation::ISLAND, "island@lukomorsk.example");
    town.city.hire(Role::Integration, organisation::WORKS);
    let off = town.somebody(organisation::WATER, "water@lukomorsk.example");
    off.put("/api/v1/me/notices", &json!({ "off": ["deadline_near"] })).expect(200);
    let source = town.city.source();
    let incident = complaint(&town.city, &source, "1");
    let mut step = 0;
    let mut told = |organisation: Option<&str>, roles: &'static [Role]| {
        step += 1;
        let before = town.post.letters().len();
        let alarm = town.alarm(incident, NoticeKind::DeadlineNear, step);
        town.send(&[Alarm { organisation: organisation.map(str::to_owned), roles, ..alarm }]);
        recipients(&town.post.letters()[before..])
    };
    assert_eq!(told(Some(organisation::WORKS), ROLES), ["city@lukomorsk.example"], "the nearest who has an address");
    assert_eq!(told(Some(organisation::ISLAND), ROLES), ["island@lukomorsk.example"]);
    assert_eq!(told(Some(organisation::WATER), ROLES), [""; 0], "who turned it off does not pass it on");
    assert_eq!(told(None, ROLES), ["root@lukomorsk.example"]);
    assert_eq!(told(Some("nowhere"), ROLES), [""; 0]);
    let nobody: &[Role] = &[Role::Executor];
    assert_eq!(told(Some(organisation::WORKS), nobody), [""; 0]);
    let english = &town.post.letters()[0];
    assert_eq!(english["headers"]["subject"], "A deadline comes near: 1 incident");
    assert!(part(english, "text/html").contains("<html lang=\"en\">"));
    // Who is switched off is written to no more, and the next one above is.
    let staff = town.city.sign_in(Role::Administrator);
    let listed = staff.get("/api/v1/staff?organisation=harbour-city&role=integration").expect(200).json();
    let path = format!("/api/v1/staff/{}", listed["items"][0]["id"].as_str().expect("an id"));
    staff.patch(&path, &json!({ "active": false })).expect(200);
    assert_eq!(told(Some(organisation::WORKS), ROLES), ["root@lukomorsk.example"]);
}

fn every_notice_is_in_exactly_one_letter(town: Town) {
    town.somebody(organisation::CITY, "anna@lukomorsk.example");
    town.somebody(organisation::CITY, "boris@lukomorsk.example");
    let source = town.city.source();
    let mut seed: u32 = 20_251_110;
    let mut dice = |sides: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % sides
    };
    let mut numbers = Vec::new();
    for n in 0..25 {
        let incident = complaint(&town.city, &source, &n.to_string());
        numbers.push(of_incident(&town.city, incident).0);
        town.give(&[town.near(incident)]);
        town.post.mode(["accept", "accept", "later", "drop"][dice(4) as usize]);
        town.city.advance(Duration::from_secs(u64::from(60 * dice(20))));
        town.city.run_jobs();
    }
    town.post.mode("accept");
    for _ in 0..3 {
        town.city.advance(Duration::from_secs(3600));
        town.city.run_jobs();
    }
    let letters = town.post.letters();
    assert!(letters.len() > 4, "the dice were unkind: {}", letters.len());
    for who in ["anna@lukomorsk.example", "boris@lukomorsk.example"] {
        let own: Vec<&str> = letters
            .iter()
            .filter(|letter| letter["rcpt_tos"][0] == who)
            .map(|letter| part(letter, "text/plain"))
            .collect();
        for number in &numbers {
            let said = own.iter().map(|text| text.matches(&format!("№ {number} —")).count()).sum::<usize>();
            assert_eq!(said, 1, "number {number} to {who}");
        }
    }
    assert_eq!(town.states(), vec![NoticeState::Sent; 50]);
}

/// Answers one request with 200, and ends.
fn receiver() -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/answers", listener.local_addr().expect("an address"));
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a sender");
        let mut chunk = [0; 65_536];
        let _ = stream.read(&mut chunk).expect("bytes");
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").expect("an answer");
        let _ = stream.read(&mut chunk);
    });
    (url, thread)
}

fn a_silent_mail_server_holds_up_letters_only(Patient(mut town): Patient) {
    town.city.leave_jobs();
    for n in 0..9 {
        town.somebody(organisation::CITY, &format!("anna-{n}@lukomorsk.example"));
    }
    town.post.mode("stall");
    let (url, received) = receiver();
    let source = town.city.source_with(Some(&url));
    let (late, answered) = (complaint(&town.city, &source, "1"), complaint(&town.city, &source, "2"));
    town.give(&[town.near(late)]);
    town.city.advance(DIGEST);
    let app = town.city.app().clone();
    let worker = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(Worker::new(app).run());
    });
    until("as many letters as there may be at once wait for the server", || town.post.events("stall").len() == 8);

    let path = |incident: Id, to: &str| format!("/api/v1/incidents/{incident}/{to}");
    let executor = town.city.sign_in_at(Role::Executor, organisation::WORKS);
    executor.post(&path(answered, "work"), &Value::Null).expect(200);
    let draft = json!({ "kind": "final", "outcome": "resolved", "text": "Яму засыпали" });
    executor.post(&path(answered, "answers"), &draft).expect(200);
    executor.post(&path(answered, "answers/1/submission"), &Value::Null).expect(200);
    let approver = town.city.sign_in_at(Role::Approver, organisation::CITY);
    approver.post(&path(answered, "answers/1/approval"), &Value::Null).expect(200);
    let controller = town.city.sign_in(Role::Controller);
    let kinds = |incident: Id| controller.get(&path(incident, "events?limit=200")).expect(200).text();
    until("the answer is delivered", || kinds(answered).contains("\"delivered\""));
    received.join().expect("the receiver ends");
    town.city.advance(Duration::from_secs(2 * 86_400));
    until("the breach is noted", || kinds(late).contains("deadline_missed"));
    assert_eq!(town.post.letters().len(), 0);
    assert_eq!(town.post.events("stall").len(), 8, "all this time, the mail server was silent");

    town.city.app().stop();
    town.post.kill();
    worker.join().expect("the worker ends well");
    assert!(town.states().iter().all(|state| *state == NoticeState::Waiting), "they are tried again");
}

fn ones_own_notices_and_settings(town: Town) {
    let anna = town.somebody(organisation::CITY, "anna@lukomorsk.example");
    let source = town.city.source();
    let made: Vec<Id> = (0..3).map(|n| complaint(&town.city, &source, &n.to_string())).collect();
    for incident in &made {
        town.give(&[town.near(*incident)]);
        town.city.advance(Duration::from_secs(1));
    }
    let first = anna.get("/api/v1/notices?limit=2&total=true").expect(200).json();
    assert_eq!((first["items"].as_array().expect("items").len(), &first["total"]), (2, &json!(3)));
    assert_eq!(first["items"][0]["incident"], json!(made[2]));
    assert_eq!(first["items"][0]["state"], "waiting");
    let next = first["next"].as_str().expect("more");
    let second = anna.get(&format!("/api/v1/notices?limit=2&cursor={next}")).expect(200).json();
    assert_eq!(second["items"][0]["incident"], json!(made[0]));
    let boris = town.city.sign_in_at(Role::Coordinator, organisation::CITY);
    assert_eq!(boris.get("/api/v1/notices").expect(200).json()["items"], json!([]), "one's own alone");

    anna.put("/api/v1/me/notices", &json!({ "off": ["weather"] })).problem(422, "invalid");
    let off = json!({ "off": ["deadline_missed", "deadline_near", "deadline_near"] });
    let both = anna.put("/api/v1/me/notices", &off).expect(200).json();
    assert_eq!(both["off"], json!(["deadline_near", "deadline_missed"]));
    assert_eq!(anna.put("/api/v1/me/notices", &json!({ "off": [] })).expect(200).json()["off"], json!([]));

    let staff = town.city.sign_in(Role::Administrator);
    let id = anna.get("/api/v1/me").expect(200).json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/staff/{id}");
    let wrong = staff.patch(&path, &json!({ "email": "Анна" })).problem(422, "invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/email");
    let before = staff.get(&path).expect(200);
    assert_eq!(before.json()["email"], "anna@lukomorsk.example");
    let other = json!({ "email": "a.petrova@lukomorsk.example" });
    let after = staff.ask("PATCH", &path).if_match(&before.etag()).json(&other).send().expect(200);
    assert_ne!(after.etag(), before.etag());
    assert_eq!(staff.patch(&path, &json!({ "name": "Анна" })).expect(200).json()["email"], other["email"]);
    assert_eq!(staff.patch(&path, &json!({ "email": null })).expect(200).json()["email"], Value::Null);
    // Without an address, what waits is not sent.
    town.city.advance(DIGEST);
    town.city.run_jobs();
    assert_eq!((town.post.letters().len(), town.states()), (0, vec![NoticeState::Dropped; 3]));
}
