//! Search: every filter in a form, and filters that are kept.

use otklik::domain::Role;
use serde_json::json;

use crate::harness::crew::{Crew, Path};
use crate::harness::server::{City, message, organisation};
use crate::window::{Screen, Window};

both_engines! {
    what_is_asked_for_is_found,
    filters_are_kept_renamed_and_forgotten,
    a_kept_filter_outlives_what_it_names,
    what_cannot_be_asked_is_said,
}

fn searcher(city: &City, screen: Screen) -> Window {
    Window::of_member(city, Role::Coordinator, organisation::CITY, screen)
}

fn what_is_asked_for_is_found(city: City) {
    let crew = Crew::of(&city);
    for n in 0..55 {
        crew.assigned(&n.to_string());
    }
    let mut told = message("light", "На Портовой не горит фонарь");
    told["topic"] = json!("hole-in-road");
    let path = Path(city.complaint(&crew.source, told));
    crew.executor.ask("POST", &path.to("work")).send().expect(200);
    for screen in [Screen::DESK, Screen::PLAIN] {
        let window = searcher(&city, screen);
        window.go("/search");
        assert_eq!(window.count(".rows > li"), 50);
        window.click(".pager a");
        window.until("the second page", || window.count(".rows > li") == 6);
        window.go("/search");
        window.fill("input[name=q]", "фонари");
        window.click(".filter button");
        window.wait_path("/search?q=");
        window.until("one to be found", || window.count(".rows > li") == 1);
        window.wait_text(".rows", "не горит фонарь");
        // Two steps at once, and a day: the address is one that can be passed on.
        window.go("/search");
        window.click("input[name=step][value=in_work]");
        window.click("input[name=step][value=approval]");
        window.click(".filter button");
        window.wait_path("/search?step=in_work%2Capproval");
        window.until("one to be found", || window.count(".rows > li") == 1);
        window.go("/search?received_from=2025-11-10&received_to=2025-11-10&sort=due&open=");
        window.wait_path("/search?received_from=2025-11-0");
        assert_eq!(window.attribute("input[name=received_to]", "value").as_deref(), Some("2025-11-10"));
        assert_eq!(window.count(".rows > li"), 50);
        window.click(".pager a");
        window.until("the second page", || window.count(".rows > li") == 6);
    }
    for screen in [Screen::DESK, Screen::DARK, Screen::PHONE] {
        let window = searcher(&city, screen);
        window.go("/search?topic=hole-in-road&media=false");
        window.wait("details[open] select[name=media]");
        window.is_accessible();
        let wide = window.script("return document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{wide} px too wide");
        window.picture(&format!("search-{}-{}", screen.width, if screen.dark { "dark" } else { "light" }));
        window.go("/search?q=ничегоподобного");
        window.wait(".empty");
        window.is_accessible();
    }
}

fn filters_are_kept_renamed_and_forgotten(city: City) {
    let crew = Crew::of(&city);
    crew.assigned("1");
    for screen in [Screen::DESK, Screen::PLAIN] {
        let window = searcher(&city, screen);
        window.go("/search?topic=hole-in-road&step=assigned");
        window.click_text(".kept summary", "Сохранить эти условия");
        window.fill(".kept input[name=name]", "Ямы <b>к утру</b>");
        window.click_text(".kept button", "Сохранить");
        window.wait_text("#said", "Фильтр сохранён");
        window.wait_text(".kept li a[aria-current]", "Ямы <b>к утру</b>");
        // The same name twice is refused.
        window.go("/search?step=assigned");
        window.click_text(".kept > details summary", "Сохранить эти условия");
        window.fill(".kept > details input[name=name]", "Ямы <b>к утру</b>");
        window.click_text(".kept > details button", "Сохранить");
        window.wait_text("[role=alert]", "уже есть");
        window.go("/search");
        window.click(".kept li summary");
        window.fill(".kept li input[name=name]", "Ямы");
        window.click_text(".kept li button", "Переименовать");
        window.wait_text("#said", "переименован");
        if screen.scripts {
            window.is_accessible();
        }
        window.click_text(".kept li a", "Ямы");
        window.wait_path("/search?topic=hole-in-road&step=assigned");
        window.until("one to be found", || window.count(".rows > li") == 1);
        window.click(".kept li summary");
        window.click_text(".kept li button", "Удалить");
        window.wait_text("#said", "удалён");
        assert_eq!(window.count(".kept li"), 0);
    }
    // They are one's own.
    let one = searcher(&city, Screen::DESK);
    one.go("/search?step=assigned");
    one.click_text(".kept summary", "Сохранить эти условия");
    one.fill(".kept input[name=name]", "Моё");
    one.click_text(".kept button", "Сохранить");
    one.wait_text(".kept", "Моё");
    let other = searcher(&city, Screen::DESK);
    other.go("/search");
    assert!(!other.text(".kept").contains("Моё"));
}

fn a_kept_filter_outlives_what_it_names(city: City) {
    let crew = Crew::of(&city);
    crew.assigned("1");
    let window = searcher(&city, Screen::DESK);
    window.go("/search?topic=no-such-topic-any-more&organisation=nobody");
    window.wait_text(".found", "Тема: «no-such-topic-any-more» в правилах города больше нет");
    window.wait_text(".found", "Организация и подчинённые: «nobody» в правилах города больше нет");
    window.wait(".empty");
    window.is_accessible();
    window.click_text(".kept summary", "Сохранить эти условия");
    window.fill(".kept input[name=name]", "Старое");
    window.click_text(".kept button", "Сохранить");
    window.wait_text("#said", "Фильтр сохранён");
    window.go("/search");
    window.click_text(".kept li a", "Старое");
    window.wait_text(".found", "больше нет");
}

fn what_cannot_be_asked_is_said(city: City) {
    let window = searcher(&city, Screen::DESK);
    for bad in [
        "/search?step=nowhere",
        "/search?unknown=1",
        "/search?received_from=вчера",
        "/search?q=!",
        "/search?within=1,2",
    ] {
        window.go(bad);
        window.wait("[role=alert]");
        window.is_accessible();
    }
}
