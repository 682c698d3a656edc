//! Statistics: figures that open their lists, and charts that follow light and dark.

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::server::{City, message, organisation};
use crate::window::{Screen, Window};

both_engines! { every_figure_opens_a_list_as_long_as_it_says, charts_and_tables_are_accessible, a_part_sees_its_own_figures }

const TEXTS: [&str; 4] = ["Ямы на дороге", "Нет воды второй день", "Потоп в подвале", "Не горят фонари во дворе"];

fn complaints(city: &City, count: usize) {
    let source = city.source();
    for n in 0..count {
        let mut complaint = message(&format!("wall-{n}"), &format!("{} у дома {n}", TEXTS[n % TEXTS.len()]));
        complaint["network"] = json!(["vk", "telegram"][n % 2]);
        city.complaint(&source, complaint);
    }
}

fn every_figure_opens_a_list_as_long_as_it_says(city: City) {
    complaints(&city, 9);
    city.advance(std::time::Duration::from_secs(26 * 3600));
    city.run_jobs();
    let controller = city.sign_in(Role::Controller);
    let window = Window::of(&city, Role::Controller, Screen::DESK);
    for by in ["organisation", "topic", "network", "day"] {
        window.go(&format!("/statistics?by={by}"));
        window.wait("#statistics-breakdown");
        let found = window.script("return [...document.querySelectorAll('main td a[href^=\"/search?\"]')].map(a => [a.getAttribute('href'), a.textContent])");
        let figures = found.as_array().expect("links").clone();
        assert!(figures.len() > 5, "{figures:?}");
        for figure in figures {
            let (href, said) = (figure[0].as_str().expect("an address"), figure[1].as_str().expect("a number"));
            let said: i64 = said.replace('\u{a0}', "").parse().expect("a number");
            let list = href.replace("/search?", "/api/v1/incidents?limit=1&total=true&");
            assert_eq!(controller.get(&list).expect(200).json()["total"], said, "{href}");
        }
    }
    city.leave_jobs();
}

fn charts_and_tables_are_accessible(city: City) {
    complaints(&city, 12);
    for screen in [Screen::DESK, Screen::DARK, Screen::PLAIN] {
        let window = Window::of(&city, Role::Controller, screen);
        window.go("/statistics?by=topic");
        window.wait("figure.chart svg[role=img]");
        if screen.scripts {
            let drawn = window.script("return getComputedStyle(document.querySelector('.chart rect')).fill");
            let accent = window.script(
                "const p = document.createElement('p'); p.style.color = 'var(--accent)'; document.body.append(p); const c = getComputedStyle(p).color; p.remove(); return c",
            );
            let inks = window.script(
                "return [...new Set([...document.querySelectorAll('.chart rect')].map(r => getComputedStyle(r).fill))]",
            );
            assert!(inks.as_array().expect("colours").contains(&accent), "{drawn} {inks} without {accent}");
            window.is_accessible();
        }
        window.own(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": 1280, "height": 2600, "deviceScaleFactor": 1, "mobile": false }),
        );
        window.picture(&format!("statistics-{}-{}", if screen.dark { "dark" } else { "light" }, screen.scripts));
        // Nothing in this period: it says so.
        window.go("/statistics?from=2020-01-01&until=2020-01-02");
        window.wait_text("main p", "обращений нет");
    }
    city.leave_jobs();
}

fn a_part_sees_its_own_figures(city: City) {
    complaints(&city, 8);
    let total = |window: &Window| -> Value {
        window.go("/statistics");
        window.wait("#statistics-flow");
        window.script("return document.querySelector('#statistics-flow + table td').textContent")
    };
    let whole = total(&Window::of(&city, Role::Controller, Screen::DESK));
    let part = total(&Window::of_member(&city, Role::Coordinator, organisation::ISLAND, Screen::DESK));
    assert_eq!((whole, part), (json!("8"), json!("0")));
    city.leave_jobs();
}
