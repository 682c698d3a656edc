//! Administration: who sees what of it, and each part as it is used.

use std::fs;

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::server::{City, PASSWORD, message, organisation};
use crate::window::{Screen, Window};

both_engines! {
    every_role_sees_its_parts_and_no_others,
    every_part_is_accessible,
    a_secret_is_shown_once,
    a_rule_is_tried_before_it_is_stored,
    a_term_shows_whose_deadlines_it_would_move,
    versions_differ_and_come_back,
    a_calendar_is_changed_without_scripts,
    a_table_of_the_rules_is_changed_as_a_text,
    members_are_added_changed_and_switched_off,
    what_runs_for_long_shows_how_far_it_is,
}

const PARTS: [&str; 10] = [
    "organisations",
    "routes",
    "terms",
    "calendars",
    "templates",
    "staff",
    "sources",
    "versions",
    "models",
    "progress",
];

/// What answers at these addresses, asked from within a window that is signed in.
fn statuses(window: &Window, paths: &[String]) -> Vec<u64> {
    let asked = format!(
        "const done = arguments[0]; Promise.all({}.map(p => fetch(p, {{ redirect: 'manual' }}).then(r => r.status))).then(done)",
        json!(paths)
    );
    window
        .script_async(&asked)
        .as_array()
        .expect("statuses")
        .iter()
        .map(|one| one.as_u64().expect("a status"))
        .collect()
}

fn every_role_sees_its_parts_and_no_others(city: City) {
    // Role, where, the sections of the city among these, and how many parts of administration.
    let sections = ["/statistics", "/pages", "/administration", "/account"];
    let all = 11;
    let roles: [(Role, &str, &[&str], usize); 8] = [
        (Role::Moderator, organisation::ROOT, &["/statistics", "/account"], 0),
        (Role::Coordinator, organisation::CITY, &["/statistics", "/pages", "/account"], 0),
        (Role::Executor, organisation::WORKS, &["/account"], 0),
        (Role::Approver, organisation::CITY, &["/statistics", "/pages", "/account"], 0),
        (Role::Controller, organisation::ROOT, &["/statistics", "/pages", "/account"], 0),
        (Role::Administrator, organisation::ROOT, &["/statistics", "/pages", "/administration", "/account"], all),
        // An administrator of a part: no sources, which are the whole city's.
        (Role::Administrator, organisation::CITY, &["/statistics", "/pages", "/administration", "/account"], all - 1),
        (Role::Integration, organisation::ROOT, &["/account"], 0),
    ];
    let parts: Vec<String> = std::iter::once("document")
        .chain(PARTS)
        .map(|part| match part {
            "document" => "/administration/document".to_owned(),
            part => format!("/administration/{part}"),
        })
        .collect();
    for (role, at, seen, open) in roles {
        let window = Window::of_member(&city, role, at, Screen::DESK);
        window.go("/account");
        window.wait("h1");
        let links = window.script("return [...document.querySelectorAll('header a')].map(a => a.getAttribute('href'))");
        for section in sections {
            let is_shown = links.as_array().expect("links").contains(&json!(section));
            assert_eq!(is_shown, seen.contains(&section), "{role} at {at}: {section} in the navigation");
            let status = statuses(&window, &[section.to_owned()])[0];
            assert_eq!(status, if seen.contains(&section) { 200 } else { 403 }, "{role} at {at}: {section}");
        }
        let found = statuses(&window, &parts);
        assert_eq!(found.iter().filter(|status| **status == 200).count(), open, "{role} at {at}: {parts:?} {found:?}");
        assert!(found.iter().all(|status| [200, 403].contains(status)), "{role} at {at}: {found:?}");
        if open > 0 {
            window.go("/administration");
            let shown = window.count("nav.parts a");
            assert_eq!(shown, open - 1, "{role} at {at}: the document belongs to the versions");
        }
    }
}

fn every_part_is_accessible(city: City) {
    let source = city.source();
    city.complaint(&source, message("wall-1", "Ямы на дороге"));
    let more = [
        "/administration",
        "/administration/organisations/harbour-city",
        "/administration/organisations/harbour-city?calendar=always",
        "/administration/routes/rule?hop=route&id=any",
        "/administration/routes/rule?hop=executor&id=any&of=harbour-city&target=harbour-water&last=100",
        "/administration/terms/term?id=answer",
        "/administration/calendars/tiny",
        "/administration/templates/template",
        "/administration/staff/new",
        "/administration/versions/1",
        "/administration/document?table=terms",
    ];
    for screen in [Screen::DESK, Screen::DARK] {
        let window = Window::of(&city, Role::Administrator, screen);
        let parts = PARTS.iter().map(|part| format!("/administration/{part}"));
        for path in parts.chain(more.iter().map(|path| (*path).to_owned())) {
            window.go(&path);
            window.wait("h1");
            assert!(!window.text("h1").contains("Не получилось"), "{path}: {:?}", window.texts("main p"));
            window.is_accessible();
            let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
            window.picture(&format!("{}-{}", name.trim_matches('-'), if screen.dark { "dark" } else { "light" }));
        }
    }
    city.leave_jobs();
}

fn a_secret_is_shown_once(city: City) {
    for screen in [Screen::DESK, Screen::PLAIN] {
        let window = Window::of(&city, Role::Administrator, screen);
        let name = if screen.scripts { "bridge-one" } else { "bridge-two" };
        window.go("/administration/sources");
        window.fill("input[name=name]", name);
        window.fill("input[name=title]", "Сбор из сети");
        window.click_text("button", "Добавить");
        window.wait("#secret");
        let first = window.text("#secret");
        assert!(first.starts_with("whsec_"));
        window.click_text("main a", "К источнику");
        window.wait("input[name=keep_hours]");
        window.click_text("button", "Заменить секрет");
        window.wait("#secret");
        let second = window.text("#secret");
        assert!(second.starts_with("whsec_") && second != first);
        // Both are good for a while; neither is shown anywhere any more.
        for secret in [&first, &second] {
            let body = message(&format!("{name}-{}", &secret[6..12]), "Ямы на дороге").to_string();
            city.push_signed(name, &[secret], body.as_bytes()).expect(200);
        }
        window.click_text("main a", "К источнику");
        window.wait("#state");
        for path in [window.path(), "/administration/sources".to_owned()] {
            window.go(&path);
            window.wait("h1");
            let page = city_page(&window);
            assert!(!page.contains(&first) && !page.contains(&second), "{path} shows a secret");
        }
    }
    city.leave_jobs();
}

/// The whole of a page, hidden fields included.
fn city_page(window: &Window) -> String {
    // Not by a script: the page may run none.
    let root = window.own("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
    let whole = window.own("DOM.getOuterHTML", json!({ "nodeId": root }))["outerHTML"].clone();
    whole.as_str().unwrap_or_default().to_owned()
}

fn a_rule_is_tried_before_it_is_stored(city: City) {
    let source = city.source();
    for n in 0..3 {
        city.complaint(&source, message(&format!("wall-{n}"), &format!("Ямы на дороге у дома {n}")));
    }
    let administrator = city.sign_in(Role::Administrator);
    let executors = || administrator.get("/api/v1/routes").expect(200).json()["executors"].clone();
    let before = executors();
    let window = Window::of(&city, Role::Administrator, Screen::DESK);
    window.go("/administration/routes");
    window.click_text("#executor ~ table a", "roads");
    window.wait("select[name=target]");
    window.choose("select[name=target]", organisation::WATER);
    window.click_text("button", "Проверить");
    window.wait("#trial");
    assert_eq!(executors(), before, "trying changes nothing");
    window.wait_text("#looked-at", "Проверено обращений: 3");
    window.wait_text(".trial td", "Лукоморский водопровод");
    assert_eq!(window.texts(".trial td.figure"), ["3"]);
    window.fill("input[name=reason]", "приказ № 12");
    window.click_text("button", "Сохранить правило");
    window.wait_text("#said", "Правила сохранены");
    let rule = executors().as_array().expect("rules").iter().find(|one| one["id"] == "roads").cloned();
    assert_eq!(rule.expect("the rule")["executor"], organisation::WATER);
    let newest = administrator.get("/api/v1/policy-versions?limit=1").expect(200).json();
    assert_eq!(newest["items"][0]["note"], "приказ № 12");
    // A rule that leads nowhere is refused where it is tried.
    window.go("/administration/routes/rule?hop=executor&id=roads&of=harbour-city&target=nowhere&last=10");
    window.wait("[role=alert]");
    city.leave_jobs();
}

fn a_term_shows_whose_deadlines_it_would_move(city: City) {
    let source = city.source();
    for n in 0..2 {
        city.complaint(&source, message(&format!("wall-{n}"), &format!("Ямы на дороге у дома {n}")));
    }
    let administrator = city.sign_in(Role::Administrator);
    let asked = json!({ "terms": [{ "id": "answer", "clock": "first_answer", "municipality": "*", "group": "*", "topic": "*",
        "severity": "*", "organisation": "*", "target": "3h", "base": "working" }] });
    let told = administrator.post("/api/v1/deadlines/what-if", &asked).expect(200).json();
    let window = Window::of(&city, Role::Administrator, Screen::DESK);
    window.go("/administration/terms/term?id=answer");
    window.fill("input[name=target]", "3h");
    window.click_text("button", "Что изменится");
    window.wait("#sooner");
    assert_eq!(window.text("#sooner"), told["sooner"].to_string());
    assert!(told["sooner"].as_u64().expect("a number") > 0, "{told}");
    window.click_text("button", "Сохранить срок");
    window.wait_text("#said", "Правила сохранены");
    let terms = administrator.get("/api/v1/terms?clock=first_answer").expect(200).json();
    let term =
        terms["items"].as_array().expect("terms").iter().find(|one| one["id"] == "answer").expect("the term").clone();
    assert_eq!(term["target"], "3h");
    // Nonsense is refused in words.
    window.go("/administration/terms/term?id=answer");
    window.fill("input[name=target]", "скоро");
    window.click_text("button", "Что изменится");
    window.wait("[role=alert]");
    city.leave_jobs();
}

fn versions_differ_and_come_back(city: City) {
    let window = Window::of(&city, Role::Administrator, Screen::DESK);
    window.go("/administration/organisations/harbour-works");
    window.fill("input[name=title]", "Отдел дорог");
    window.click_text("button", "Сохранить");
    window.wait_text("#said", "Правила сохранены");
    window.go("/administration/versions");
    window.click("main tbody a");
    window.wait("#differences");
    assert_eq!(window.texts(".difference del"), ["Отдел дорог и фонарей"]);
    assert_eq!(window.texts(".difference ins"), ["Отдел дорог"]);
    window.is_accessible();
    window.picture("differences");
    window.go("/administration/versions/1");
    window.fill("input[name=reason]", "вернули");
    window.click_text("button", "Вернуть эту версию");
    window.wait_text("#said", "Правила сохранены");
    window.wait_path("/administration/versions/3");
    let there = city.sign_in(Role::Administrator).get("/api/v1/organisations/harbour-works").expect(200).json();
    assert_eq!(there["title"], "Отдел дорог и фонарей");
    // An administrator of a part looks, and does not change.
    let part = Window::of_member(&city, Role::Administrator, organisation::CITY, Screen::DESK);
    part.go("/administration/versions/1");
    part.wait_text("main p", "администраторы всего города");
    assert_eq!(part.count("main form[method=post]"), 0);
}

fn a_calendar_is_changed_without_scripts(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let calendar = || administrator.get("/api/v1/calendars/tiny").expect(200).json();
    let window = Window::of(&city, Role::Administrator, Screen::PLAIN);
    window.go("/administration/calendars/tiny");
    window.fill("input[name=sat]", "10:00-14:00");
    window.click_text("button", "Сохранить");
    window.wait_text("#said", "Правила сохранены");
    assert_eq!(calendar()["week"]["sat"], json!(["10:00-14:00"]));
    // One day: tried, then stored.
    window.go("/administration/calendars/tiny?date=2026-07-17&kind=holiday&about=День+города");
    window.wait("#what-if");
    window.click(".trial + form button");
    window.wait_text("#said", "Правила сохранены");
    let days = calendar()["days"].as_array().expect("days").clone();
    assert!(days.iter().any(|day| day["date"] == "2026-07-17" && day["kind"] == "holiday"), "{days:?}");
    // A whole year from a file.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("2027.csv");
    fs::write(&file, "date,kind,note\n2027-01-01,holiday,Новый год\n2027-03-08,holiday,\n").expect("a file");
    window.go("/administration/calendars/tiny");
    window.attach("input[type=file]", &file);
    window.click("form[enctype] button");
    window.wait_text("main p", "Годы: 2027");
    window.click_text("button", "Сохранить");
    window.wait_text("#said", "Правила сохранены");
    let days = calendar()["days"].as_array().expect("days").clone();
    assert_eq!(days.iter().filter(|day| day["date"].as_str().is_some_and(|date| date.starts_with("2027"))).count(), 2);
    assert!(days.iter().any(|day| day["date"] == "2026-07-17"), "other years stay");
    // A file that is no calendar is refused.
    fs::write(&file, "date,kind\n2027-13-01,holiday\n").expect("a file");
    window.go("/administration/calendars/tiny");
    window.attach("input[type=file]", &file);
    window.click("form[enctype] button");
    window.wait("[role=alert]");
}

fn a_table_of_the_rules_is_changed_as_a_text(city: City) {
    let window = Window::of(&city, Role::Administrator, Screen::DESK);
    window.go("/administration/document?table=groups");
    let text = window.script("return document.querySelector('textarea').value");
    let mut groups: Value = serde_json::from_str(text.as_str().expect("a text")).expect("JSON");
    groups[0]["title"] = json!("Улицы и дворы");
    window.script(&format!("document.querySelector('textarea').value = {}", json!(groups.to_string())));
    window.click_text("button", "Показать отличия");
    window.wait_text("#differences ins", "Улицы и дворы");
    window.click_text("button", "Сохранить");
    window.wait_text("#said", "Правила сохранены");
    let groups = city.sign_in(Role::Administrator).get("/api/v1/topics").expect(200).json();
    assert_eq!(groups["items"][0]["title"], "Улицы и дворы");
    // What breaks the rules is refused with its places, and the text stays in its field.
    window.go("/administration/document?table=groups");
    window.script("document.querySelector('textarea').value = '[]'");
    window.click_text("button", "Показать отличия");
    window.wait("form > [role=alert]");
    assert_eq!(window.script("return document.querySelector('textarea').value"), "[]");
}

fn members_are_added_changed_and_switched_off(city: City) {
    let window = Window::of(&city, Role::Administrator, Screen::DESK);
    window.go("/administration/staff/new");
    window.fill("input[name=login]", "anna.petrova");
    window.fill("input[name=name]", "Анна Петрова");
    window.choose("select[name=role]", "coordinator");
    window.choose("select[name=organisation]", organisation::CITY);
    window.fill("input[name=password]", "короткий");
    window.click_text("button", "Добавить");
    window.wait("form > [role=alert]");
    window.fill("input[name=password]", PASSWORD);
    window.click_text("button", "Добавить");
    window.wait_text("#said", "Сотрудник добавлен");
    let page = window.path();
    let anna = Window::of_login(&city, "anna.petrova", Screen::DESK);
    anna.go("/account");
    anna.wait_text("dd", "Координатор");
    // Another role holds at once.
    window.choose("select[name=role]", "executor");
    window.click_text("button", "Сохранить");
    window.wait_text("#said", "Сохранено");
    anna.go("/account");
    anna.wait_text("dd", "Исполнитель");
    window.go(&page);
    window.click_text("button", "Выключить");
    window.wait_text("#state", "выключена");
    anna.go("/account");
    anna.wait("input[name=login]");
    // The list finds those that are off; one's own powers are somebody else's to change.
    window.go("/administration/staff?active=false");
    assert_eq!(window.texts("main tbody th"), ["anna.petrova"]);
}

fn what_runs_for_long_shows_how_far_it_is(city: City) {
    let source = city.source();
    city.complaint(&source, message("wall-1", "Ямы на дороге"));
    let window = Window::of(&city, Role::Administrator, Screen::PLAIN);
    window.go("/administration/progress");
    window.click_text("button", "Пересчитать сроки");
    window.wait_text("#said", "Пересчёт заказан");
    window.wait("progress[max='1']");
    window.go("/administration/models");
    window.click_text("button", "Обучить заново");
    window.wait_text("#said", "Обучение заказано");
    let token = city.sign_in(Role::Administrator).token().expect("a token").to_owned();
    let page = |path: &str| {
        let anybody = city.anybody();
        let asked = anybody.ask("GET", path).header("cookie", &format!("otklik_session={token}"));
        asked.header("accept", "text/html").send()
    };
    assert_eq!(page("/administration/progress").header("refresh"), Some("4"));
    assert_eq!(page("/administration/progress?still=true").header("refresh"), None);
    city.run_jobs();
    // It comes anew by itself, without scripts.
    window.wait_text(".run p", "Готово. Проверено 1 обращение");
    assert_eq!(page("/administration/progress").header("refresh"), None);
    assert_eq!(window.count("progress"), 0);
}
